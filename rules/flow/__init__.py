"""How work flows: durations, sizes, dependencies and the planned order of items, results of sprints, and forecasts."""
