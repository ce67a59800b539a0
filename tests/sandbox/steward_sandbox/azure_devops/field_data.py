"""The fields that Azure DevOps knows out of the box, by reference name."""

from msgspec import Struct

ID, REV = "System.Id", "System.Rev"
TITLE, TYPE, STATE, REASON = "System.Title", "System.WorkItemType", "System.State", "System.Reason"
PROJECT, AREA, ITERATION = "System.TeamProject", "System.AreaPath", "System.IterationPath"
AREA_ID, ITERATION_ID = "System.AreaId", "System.IterationId"
CREATED, CREATED_BY = "System.CreatedDate", "System.CreatedBy"
CHANGED, CHANGED_BY = "System.ChangedDate", "System.ChangedBy"
ASSIGNED, TAGS, PARENT = "System.AssignedTo", "System.Tags", "System.Parent"
DESCRIPTION, HISTORY, COMMENTS = "System.Description", "System.History", "System.CommentCount"
BOARD_COLUMN, BOARD_DONE = "System.BoardColumn", "System.BoardColumnDone"
CRITERIA = "Microsoft.VSTS.Common.AcceptanceCriteria"
REPRO = "Microsoft.VSTS.TCM.ReproSteps"
PRIORITY = "Microsoft.VSTS.Common.Priority"
BUSINESS_VALUE = "Microsoft.VSTS.Common.BusinessValue"
TIME_CRITICALITY = "Microsoft.VSTS.Common.TimeCriticality"
BLOCKED = "Microsoft.VSTS.CMMI.Blocked"
STACK_RANK = "Microsoft.VSTS.Common.StackRank"
BACKLOG_PRIORITY = "Microsoft.VSTS.Common.BacklogPriority"
EFFORT = "Microsoft.VSTS.Scheduling.Effort"
POINTS = "Microsoft.VSTS.Scheduling.StoryPoints"
SIZE = "Microsoft.VSTS.Scheduling.Size"
REMAINING = "Microsoft.VSTS.Scheduling.RemainingWork"
STATE_CHANGED = "Microsoft.VSTS.Common.StateChangeDate"
ACTIVATED, ACTIVATED_BY = "Microsoft.VSTS.Common.ActivatedDate", "Microsoft.VSTS.Common.ActivatedBy"
RESOLVED, RESOLVED_BY = "Microsoft.VSTS.Common.ResolvedDate", "Microsoft.VSTS.Common.ResolvedBy"
CLOSED, CLOSED_BY = "Microsoft.VSTS.Common.ClosedDate", "Microsoft.VSTS.Common.ClosedBy"


class Field(Struct, frozen=True):
    """A field of an organisation.

    Attributes:
        type: As the API names it, such as `html` or `double`.
        identity: Whether its values are people.
        computed: Whether it follows from something else and can never be set.
    """

    ref: str
    name: str
    type: str = "string"
    identity: bool = False
    computed: bool = False

    @property
    def long(self) -> bool:
        """Whether it holds long text, which the feed of revisions leaves out."""
        return self.type in ("html", "history") or (self.type == "plainText" and self.ref != TAGS)


_SYSTEM = """
Id|ID|integer|c
Rev|Rev|integer|c
Watermark|Watermark|integer|c
Title|Title|string|
WorkItemType|Work Item Type|string|
State|State|string|
Reason|Reason|string|
TeamProject|Team Project|string|
AreaPath|Area Path|treePath|
IterationPath|Iteration Path|treePath|
AreaId|Area ID|integer|
IterationId|Iteration ID|integer|
NodeName|Node Name|string|c
AreaLevel1|Area Level 1|string|c
AreaLevel2|Area Level 2|string|c
AreaLevel3|Area Level 3|string|c
IterationLevel1|Iteration Level 1|string|c
IterationLevel2|Iteration Level 2|string|c
IterationLevel3|Iteration Level 3|string|c
CreatedDate|Created Date|dateTime|c
CreatedBy|Created By|string|ci
ChangedDate|Changed Date|dateTime|c
ChangedBy|Changed By|string|ci
RevisedDate|Revised Date|dateTime|c
AuthorizedDate|Authorized Date|dateTime|c
AuthorizedAs|Authorized As|string|ci
PersonId|Person ID|integer|c
AssignedTo|Assigned To|string|i
Tags|Tags|plainText|
Parent|Parent|integer|c
Description|Description|html|
History|History|history|
CommentCount|Comment Count|integer|c
RelatedLinkCount|Related Link Count|integer|c
HyperLinkCount|Hyperlink Count|integer|c
AttachedFileCount|Attached File Count|integer|c
ExternalLinkCount|External Link Count|integer|c
RemoteLinkCount|Remote Link Count|integer|c
IsDeleted|Is Deleted|boolean|c
BoardColumn|Board Column|string|c
BoardColumnDone|Board Column Done|boolean|c
BoardLane|Board Lane|string|c
"""
_VSTS = """
Common.StateChangeDate|State Change Date|dateTime|
Common.ActivatedDate|Activated Date|dateTime|
Common.ActivatedBy|Activated By|string|i
Common.ResolvedDate|Resolved Date|dateTime|
Common.ResolvedBy|Resolved By|string|i
Common.ResolvedReason|Resolved Reason|string|
Common.ClosedDate|Closed Date|dateTime|
Common.ClosedBy|Closed By|string|i
Common.Priority|Priority|integer|
Common.Severity|Severity|string|
Common.StackRank|Stack Rank|double|
Common.BacklogPriority|Backlog Priority|double|
Common.ValueArea|Value Area|string|
Common.Risk|Risk|string|
Common.BusinessValue|Business Value|integer|
Common.TimeCriticality|Time Criticality|double|
Common.AcceptanceCriteria|Acceptance Criteria|html|
Common.Activity|Activity|string|
Common.Discipline|Discipline|string|
Common.Triage|Triage|string|
Common.Resolution|Resolution|html|
Scheduling.Effort|Effort|double|
Scheduling.StoryPoints|Story Points|double|
Scheduling.Size|Size|double|
Scheduling.RemainingWork|Remaining Work|double|
Scheduling.OriginalEstimate|Original Estimate|double|
Scheduling.CompletedWork|Completed Work|double|
Scheduling.StartDate|Start Date|dateTime|
Scheduling.FinishDate|Finish Date|dateTime|
Scheduling.TargetDate|Target Date|dateTime|
Scheduling.DueDate|Due Date|dateTime|
TCM.ReproSteps|Repro Steps|html|
TCM.SystemInfo|System Info|html|
TCM.Steps|Steps|html|
Build.FoundIn|Found In|string|
Build.IntegrationBuild|Integration Build|string|
CMMI.Blocked|Blocked|string|
CMMI.RequirementType|Requirement Type|string|
CMMI.Committed|Committed|string|
CMMI.ImpactAssessmentHtml|Impact Assessment|html|
CMMI.TaskType|Task Type|string|
CMMI.UserAcceptanceTest|User Acceptance Test|string|
CMMI.SubjectMatterExpert1|Subject Matter Expert 1|string|i
CMMI.SubjectMatterExpert2|Subject Matter Expert 2|string|i
CMMI.SubjectMatterExpert3|Subject Matter Expert 3|string|i
CMMI.Symptom|Symptom|html|
CMMI.ProposedFix|Proposed Fix|html|
CMMI.FoundInEnvironment|Found In Environment|string|
CMMI.RootCause|Root Cause|string|
CMMI.HowFound|How Found|string|
CMMI.RequiresReview|Requires Review|string|
CMMI.RequiresTest|Requires Test|string|
"""


def _fields(lines: str, prefix: str) -> dict[str, Field]:
    rows = [line.split("|") for line in lines.strip().splitlines()]
    made = [Field(prefix + ref, name, kind, "i" in marks, "c" in marks) for ref, name, kind, marks in rows]
    return {field.ref: field for field in made}


KNOWN = _fields(_SYSTEM, "System.") | _fields(_VSTS, "Microsoft.VSTS.")
"""Every field of the system processes."""

EVERYWHERE = tuple(ref for ref in KNOWN if ref.startswith("System."))
"""What every type has."""
