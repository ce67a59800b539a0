"""The table of all commands. A new command is a function in a module of this folder and a line here.

`steward --help` prints the summaries from this table, so a module is imported only when one of its commands runs.
"""

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("init_wizard", "Ask a few questions, try the answers, and write steward.yaml and rules.yaml."),
    "doctor": ("setup", "Check credentials, permissions, fields and the store."),
    "who": ("who", "Find a person's account id, and the names by which `roles` can recognise the person."),
    "check-config": ("setup", "Check a steward.yaml and its rules without contacting a tracker."),
    "check": ("check", "Judge an export file offline: list what the rules flag, and why."),
    "pull": ("rounds", "Read what changed from the trackers, judge it, and list the findings. Writes nothing."),
    "plan": ("rounds", "Show exactly what would be written, field by field and word by word. Writes nothing."),
    "apply": ("rounds", "Write what `steward plan` shows, or the plan in FILE. Items that changed since are refused."),
    "once": ("rounds", "Run one round for each tracker and send the reports, like the service does. Made for cron."),
    "undo": ("undo", "Undo a round, one item, or everything the service ever wrote. Works in shadow mode too."),
    "confirm-gone": ("recovery", "Confirm that items which a tracker no longer shows are really gone. Writes nothing."),
    "adopt": ("recovery", "Adopt the service's comments that are missing from this store. Writes nothing."),
    "report": ("report", "Post or update today's report in each Slack channel, or write it as a page."),
    "next": (
        "next_up",
        "Print the agenda: the next items with open questions, and the role that each question is for.",
    ),
    "ready": ("ready", "Say whether items are ready for a sprint, a coding agent or another purpose, and why not."),
    "mcp": ("mcp_server", "Serve assistants through the Model Context Protocol. Writes nothing."),
    "explain": ("explain", "Show what is known about an item: findings, decisions, and what was written."),
    "priorities": ("priorities", "Suggest which items should be ranked higher, and why. Moves and writes nothing."),
    "goals": ("goals", "Show the objectives, the open items that serve them, and what serves none."),
    "forecast": ("forecast", "Forecast how many items are finished and by when, from the team's own pace."),
    "what-if": ("what_if", "Show which items become later if an item is done earlier, and possible answers."),
    "preview": ("preview", "Show the comment that would be written on an item now. Writes nothing."),
    "waive": ("decisions", "Accept a finding as it is, until a date and for a reason."),
    "snooze": ("decisions", "Ask again later."),
    "wrong": ("decisions", "Report that a rule is wrong about an item. Silences the rule on that item for a year."),
    "resume": ("decisions", "Withdraw earlier answers about an item, so that its findings are raised again."),
    "decide": ("decisions", "Record a decision about an item. The item itself is not changed."),
    "status": (
        "history",
        "Show whether the service runs, when each tracker was last read, and how many items wait to be written.",
    ),
    "rounds": ("history", "List the latest rounds: their ids, what they wrote, and how to undo them."),
    "audit": (
        "history",
        "List every change that the service made to items: rules, round, approval, before, after, undone or not.",
    ),
    "run": ("service", "Run the service: rounds and reports at their scheduled times, until stopped."),
    "decisions": ("decisions", "List, export or import the decision log."),
    "experiment": ("experiment", "Try one change for some weeks, and compare the team's figures before and since."),
    "rules": ("rules", "List the rules, read about one, check a rules file, and allow a changed rule to write."),
    "slack": ("slack", "Create the Slack app: print its manifest."),
    "schemas": ("setup", ""),
}
"""Module and summary by command. A command without a summary is hidden from the list."""

SANDBOX_COMMANDS = {
    "demo": "Try everything on a sample backlog: pull, plan, apply, report, and a second round.",
    "sandbox": "Run a local server that behaves like Jira, Azure DevOps or Slack.",
}
"""Summaries of the commands that the distribution `backlog-steward-sandbox` adds."""
