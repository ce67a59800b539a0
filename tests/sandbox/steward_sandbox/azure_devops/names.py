"""Reference names of fields."""

ID, REV, WATERMARK, REVISED = "System.Id", "System.Rev", "System.Watermark", "System.RevisedDate"
DELETED, NODE, PERSON = "System.IsDeleted", "System.NodeName", "System.PersonId"
AUTHORIZED, AUTHORIZED_AS = "System.AuthorizedDate", "System.AuthorizedAs"
TITLE, TYPE, STATE, REASON = "System.Title", "System.WorkItemType", "System.State", "System.Reason"
PROJECT, AREA, ITERATION = "System.TeamProject", "System.AreaPath", "System.IterationPath"
AREA_ID, ITERATION_ID = "System.AreaId", "System.IterationId"
CREATED, CREATED_BY = "System.CreatedDate", "System.CreatedBy"
CHANGED, CHANGED_BY = "System.ChangedDate", "System.ChangedBy"
ASSIGNED, TAGS, PARENT = "System.AssignedTo", "System.Tags", "System.Parent"
DESCRIPTION, HISTORY, COMMENTS = "System.Description", "System.History", "System.CommentCount"
BOARD_COLUMN, BOARD_DONE = "System.BoardColumn", "System.BoardColumnDone"
CRITERIA, REPRO = "Microsoft.VSTS.Common.AcceptanceCriteria", "Microsoft.VSTS.TCM.ReproSteps"
PRIORITY, BLOCKED = "Microsoft.VSTS.Common.Priority", "Microsoft.VSTS.CMMI.Blocked"
BUSINESS_VALUE, TIME_CRITICALITY = "Microsoft.VSTS.Common.BusinessValue", "Microsoft.VSTS.Common.TimeCriticality"
RISK_REDUCTION, WSJF, MOSCOW = "Custom.RROE", "Custom.WSJF", "Custom.MoSCoW"
EFFORT, REMAINING = "Microsoft.VSTS.Scheduling.Effort", "Microsoft.VSTS.Scheduling.RemainingWork"
STATE_CHANGED = "Microsoft.VSTS.Common.StateChangeDate"
ACTIVATED, ACTIVATED_BY = "Microsoft.VSTS.Common.ActivatedDate", "Microsoft.VSTS.Common.ActivatedBy"
RESOLVED, RESOLVED_BY = "Microsoft.VSTS.Common.ResolvedDate", "Microsoft.VSTS.Common.ResolvedBy"
CLOSED, CLOSED_BY = "Microsoft.VSTS.Common.ClosedDate", "Microsoft.VSTS.Common.ClosedBy"

ONLY_ASKED = frozenset(
    {ID, REV, WATERMARK, REVISED, DELETED, AREA_ID, ITERATION_ID, NODE, AUTHORIZED, AUTHORIZED_AS, PERSON}
)
"""Fields that an item shows only when they are asked for."""
