"""Rates the items of a backlog by models of priority, and describes the ratings in sentences.

WSJF (weighted shortest job first) is the cost of delay divided by the job size. MoSCoW has the classes must, should,
could and won't. A matrix compares value with effort or with risk.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter

from msgspec import Struct

from rules.flow.planned_order import PlanKey, next_sprint, plan_key
from rules.model import Backlog, Feedback, HierarchyLevel, WorkItem
from rules.priority.confidence import Confidence, confidence_of
from rules.priority.disagreement import find_disagreement, find_median_inputs
from rules.priority.moscow import ClassedItem, MoscowShares, classify, moscow_class, moscow_shares, rate_moscow
from rules.priority.order import suggest_order
from rules.priority.ranked_item import read_ranked_items
from rules.priority.ratable_item import RatableItem, read_ratable_items
from rules.priority.rating import ItemSummary, Model, Rating
from rules.priority.stability import rate_wsjf
from rules.priority.value_matrix import Matrix, rate_matrix
from rules.priority.wsjf import WsjfOptions
from sync.messages import Messages
from sync.messages.priority_reasons import describe_reason

_Place = tuple[bool, PlanKey, int, int]
"""The place of an item in the planned order of a sprint (False) or a release (True).

After the key of its sprint come its number in the backlog and the number of this release among the item's releases.
"""


class RatedItem(Struct, frozen=True, kw_only=True):
    """The rating of one item by a model.

    Attributes:
        result: The class, the quadrant or the score; empty if an input is missing.
        best, worst: The best and the worst rank that the item can have if any one of its inputs is a step of the
            Fibonacci scale too low or too high; 0 if unknown.
        inputs: The values that the rating is based on, by name.
        missing: Names of the inputs that the item lacks.
        sentence: The rating in words, with its inputs or what is missing.
        reach: How many different customers are recorded as asking for it; None if no feedback is recorded at all.
        confidence: The confidence that customers want the item; None if no feedback is recorded at all.
        disagreement: Which other model says the opposite, and why, in a sentence; empty if none does.
    """

    tracker: str
    key: str
    title: str
    result: str
    best: int
    worst: int
    inputs: dict[str, float | str]
    missing: tuple[str, ...]
    sentence: str
    reach: int | None
    confidence: Confidence | None
    disagreement: str


class ModelReport(Struct, frozen=True, kw_only=True):
    """The ratings of all open items by a model.

    Attributes:
        notes: Sentences about all items together: the thresholds of a matrix, or the shares of the MoSCoW classes.
        items: The most important first; those that cannot be rated last.
        shares: The effort of each MoSCoW class, by the name of the sprint or release, and for all open items.
    """

    model: Model
    notes: tuple[str, ...]
    items: tuple[RatedItem, ...]
    shares: dict[str, MoscowShares] = {}


def report_model(
    model: Model,
    backlogs: Sequence[Backlog],
    options: WsjfOptions,
    messages: Messages,
    *,
    team: str | None,
    limit: int | None,
) -> tuple[ModelReport, int]:
    """Apply a model to the open items of some backlogs.

    Args:
        team: The team whose items are rated; None for all teams.
        limit: The maximum number of items in the report; None for all.

    Returns:
        The report, and the number of items that it would list without a limit.
    """
    items = _load_ratable_items(backlogs, team)
    all_ratings, matrices = _rate(model, items, options)
    notes: list[str] = []
    shares: dict[str, MoscowShares] = {}
    if not all_ratings:
        name = "matrix" if model is Model.RISK_MATRIX else model.value
        notes.append(messages.text(f"models.none-{name}"))
    elif model is Model.MOSCOW:
        whole_items = (item for backlog in backlogs for item in backlog.items if team in (None, item.team))
        shares = calculate_moscow_shares(whole_items, messages)
        notes += [sentence for scope, share in shares.items() for sentence in _describe_shares(scope, share, messages)]
    notes += [_describe_thresholds(matrix, messages) for matrix in matrices]
    shown = all_ratings[:limit]
    identities = {_identity(rating.item) for rating in shown}
    descriptions = _Ratings(items, identities, options, messages, has_feedback=_have_feedback(backlogs, team))
    rated_items = tuple(descriptions.describe(model, rating) for rating in shown)
    report = ModelReport(model=model, notes=tuple(notes), items=rated_items, shares=shares)
    return report, len(all_ratings)


def _load_ratable_items(backlogs: Iterable[Backlog], team: str | None = None) -> list[RatableItem]:
    """Load the items that a model may rate, and the first one of each level: matrices are in the order of these."""
    levels: set[tuple[str, HierarchyLevel]] = set()
    loaded = []
    for item in read_ratable_items(backlogs, team):
        level = item.tracker, item.level
        costs = (item.value, item.urgency, item.risk)
        has_costs = any(cost is not None for cost in costs) or item.unknown
        if has_costs or moscow_class(item) is not None or level not in levels:
            loaded.append(item)
        levels.add(level)
    return loaded


def _have_feedback(backlogs: Iterable[Backlog], team: str | None = None) -> bool:
    """Whether feedback of customers is recorded on any open item of a team, or of all teams."""
    outlines = (outline for backlog in backlogs for outline in backlog.outlines)
    return any(outline.has_feedback and team in (None, outline.team) for outline in outlines)


def _rate(model: Model, items: Iterable[RatableItem], options: WsjfOptions) -> tuple[list[Rating], list[Matrix]]:
    """Rate items by a model, the most important first. Also returns the matrices of a model that uses them."""
    if model is Model.WSJF:
        return rate_wsjf(items, options), []
    if model is Model.MOSCOW:
        return rate_moscow(items), []
    matrices = rate_matrix(items, by_risk=model is Model.RISK_MATRIX)
    return [rating for matrix in matrices for rating in matrix.ratings], matrices


class _Ratings:
    """The ratings of some items by all models, and their descriptions.

    Args:
        items: The items with which they are compared.
        identities: The tracker and key of each of the items.
        has_feedback: Whether feedback of customers is recorded on any open item.

    Attributes:
        by_model: The ratings of these items by each model, the most important first.
    """

    def __init__(
        self,
        items: Sequence[RatableItem],
        identities: Collection[tuple[str, str]],
        options: WsjfOptions,
        messages: Messages,
        *,
        has_feedback: bool,
    ) -> None:
        self.by_model: dict[Model, list[Rating]] = {}
        self._rated_counts: dict[Model, int] = {}
        self._compared_ratings: dict[tuple[str, str], dict[Model, Rating]] = {}
        self._scored_count, self._median_inputs = 0, dict[str, float]()
        for model in Model:
            self._add_model(model, items, identities, options)
        self._has_feedback = has_feedback
        self._messages = messages

    def _add_model(
        self, model: Model, items: Sequence[RatableItem], identities: Collection[tuple[str, str]], options: WsjfOptions
    ) -> None:
        """Rate all items by a model, and keep the ratings of those that are described."""
        ratings, _ = _rate(model, items, options)
        self._rated_counts[model] = sum(1 for rating in ratings if rating.result)
        if model is Model.WSJF:
            scored_ratings = [rating for rating in ratings if rating.best]
            self._scored_count, self._median_inputs = len(scored_ratings), find_median_inputs(scored_ratings)
        self.by_model[model] = [rating for rating in ratings if _identity(rating.item) in identities]
        if model is not Model.RISK_MATRIX:
            for rating in self.by_model[model]:
                self._compared_ratings.setdefault(_identity(rating.item), {})[model] = rating

    def describe(self, model: Model, rating: Rating) -> RatedItem:
        """Convert a rating by a model, and describe it in a sentence."""
        sentence = _describe_rating(rating, self._rated_counts[model], self._messages)
        reach, confidence = None, None
        if self._has_feedback:
            feedback = rating.item.feedback
            reach, confidence = feedback.customers if feedback else 0, confidence_of(feedback)
            level = self._messages.name("models.confidence", confidence)
            sentence += f"; {self._messages.text('models.reach', count=reach, confidence=level)}"
        return RatedItem(
            tracker=rating.item.tracker,
            key=rating.item.key,
            title=rating.item.title,
            result=rating.result,
            best=rating.best,
            worst=rating.worst,
            inputs=rating.inputs,
            missing=rating.missing,
            sentence=sentence,
            reach=reach,
            confidence=confidence,
            disagreement=self.describe_disagreement(_identity(rating.item)),
        )

    def describe_disagreement(self, identity: tuple[str, str]) -> str:
        """Describe which models say the opposite about an item, given its tracker and key; empty if none do."""
        ratings = self._compared_ratings.get(identity, {})
        disagreement = find_disagreement(ratings, self._scored_count, self._median_inputs)
        if disagreement is None:
            return ""
        facts: dict[str, str | float] = {
            "favoring": self._describe_result(disagreement.favoring, ratings),
            "opposing": self._describe_result(disagreement.opposing, ratings),
        }
        if not disagreement.reason:
            return self._messages.text("models.disagree", count=None, **facts)
        input_name = self._messages.name("models.inputs", disagreement.reason)
        return self._messages.text("models.disagree-because", count=None, **facts, input=input_name)

    def _describe_result(self, model: Model, ratings: Mapping[Model, Rating]) -> str:
        """Describe what one of the models says about an item, such as "WSJF makes it number 2 of 12".

        WSJF is described by the best rank that the item can have; see `RatedItem.best`.
        """
        if model is Model.WSJF:
            rank, count = str(ratings[model].best), str(self._scored_count)
            return self._messages.text("models.says-rank", rank=rank, all=count)
        name = self._messages.name("models.names", model)
        return self._messages.text(
            "models.says", model=name, result=self._messages.name("models.results", ratings[model].result)
        )


def _identity(item: WorkItem | ItemSummary) -> tuple[str, str]:
    """The tracker and key of an item, which are also those of its ratings."""
    return item.tracker, item.key


def explain_priority(
    item: WorkItem, backlogs: Sequence[Backlog], now: datetime, options: WsjfOptions, messages: Messages
) -> tuple[str, ...]:
    """Return the reasons to rank an item higher, and its rating by each model, as sentences.

    Args:
        backlogs: All backlogs: the item may be blocked by any of their items, and is compared with them.
    """
    identity = _identity(item)
    sentences: list[str] = []
    for move in suggest_order(backlogs, now, options).moves:
        if (move.item.tracker, move.item.key) == identity and not move.is_restricted:
            items = read_ranked_items(backlogs, move.named_items)
            sentences += [
                describe_reason(items[move.item.identity], items[reason.later_item.identity], reason, messages, options)
                for reason in move.reasons
            ]
    ratable_items = _load_ratable_items(backlogs)
    all_ratings = _Ratings(ratable_items, {identity}, options, messages, has_feedback=_have_feedback(backlogs))
    for model in Model:
        name = messages.name("models.names", model)
        ratings = (rating for rating in all_ratings.by_model[model] if _identity(rating.item) == identity)
        sentences += [f"{name}: {all_ratings.describe(model, rating).sentence}" for rating in ratings]
    if disagreement := all_ratings.describe_disagreement(identity):
        sentences.append(disagreement)
    # Items of the backlogs have only the feedback up to the day of `now`; `item` may have later feedback too.
    loaded_items = (backlog.find(item.key) for backlog in backlogs if backlog.tracker == item.tracker)
    feedback = (next(loaded_items, None) or item).feedback
    if feedback is not None:
        sentences.append(_describe_feedback(feedback, messages))
    return tuple(sentences)


def _describe_feedback(feedback: Feedback, messages: Messages) -> str:
    """A sentence about how often customers asked for an item, and where."""
    sources = ", ".join(
        f"{messages.name('priority.sources', source)} {count}" for source, count in feedback.counts.items()
    )
    if feedback.latest is None:
        return messages.text("priority.feedback-undated", sources=sources, customers=feedback.customers)
    return messages.text(
        "priority.feedback", sources=sources, customers=feedback.customers, latest=f"{feedback.latest}"
    )


def _describe_rating(rating: Rating, rated_count: int, messages: Messages) -> str:
    """Describe a rating with its inputs, or what is missing. `rated_count` is the number of items with a result."""
    if rating.refusal is not None:
        return messages.text("models.refused", why=messages.explain_missing_score(rating.refusal))
    if not rating.result:
        names = messages.join([messages.name("models.inputs", name) for name in rating.missing])
        return messages.text("models.missing", names=names)
    inputs = ", ".join(
        f"{messages.name('models.inputs', name)} {amount if isinstance(amount, str) else messages.amount(amount)}"
        for name, amount in rating.inputs.items()
    )
    result = messages.name("models.results", rating.result)
    if rating.score is not None and rating.best:
        result = messages.amount(rating.score)
    sentence = result + (f" ({inputs})" if inputs else "")
    if rating.best:
        message_id = "models.rank" if rating.best < rating.worst else "models.rank-stable"
        rank = messages.text(message_id, count=rated_count, best=str(rating.best), worst=str(rating.worst))
        sentence += f", {rank}"
    return sentence


def calculate_moscow_shares(items: Iterable[WorkItem], messages: Messages) -> dict[str, MoscowShares]:
    """The shares of the MoSCoW classes by coming sprint or release, and in all open items.

    A sprint or a release is left out if it contains no item that has a class and a size. Sprints come first, then
    releases, each in the planned order of their first items, which may have no class.

    Args:
        items: Open items in rank order. Only those with a class are kept, because there may be too many to hold.
    """
    first_places: dict[str, _Place] = {}
    members: dict[str, list[tuple[_Place, ClassedItem]]] = defaultdict(list)
    all_members: list[tuple[_Place, ClassedItem]] = []
    for index, item in enumerate(items):
        sprint, classed = next_sprint(item), classify(item)
        scopes = [(False, sprint.name)] if sprint else []
        scopes += [(True, messages.text("models.release", name=release.name)) for release in item.coming_releases]
        for number, (is_release, scope) in enumerate(scopes):
            place = is_release, plan_key(sprint), index, number
            first_places[scope] = min(place, first_places.get(scope, place))
            if classed is not None:
                members[scope].append((place, classed))
        if classed is not None:
            all_members.append(((False, plan_key(sprint), index, 0), classed))
    by_scope = {scope: members[scope] for scope in sorted(first_places, key=first_places.__getitem__)}
    by_scope[messages.text("models.all-open")] = all_members
    shares = {
        scope: moscow_shares(classed for _, classed in sorted(placed, key=itemgetter(0)))
        for scope, placed in by_scope.items()
    }
    return {scope: share for scope, share in shares.items() if share.total}


def _describe_shares(scope: str, shares: MoscowShares, messages: Messages) -> Iterator[str]:
    """Yield sentences about the shares in a sprint or release, or in all open items.

    If the effort of the class "must" exceeds its usual share, one sentence names the excess, and the items that could
    best be moved to the class "should".
    """
    percent = [round(100 * part / shares.total) for part in (shares.must, shares.should, shares.could)]
    yield messages.text(
        "models.shares", scope=scope, must=percent[0], should=percent[1], could=percent[2], total=shares.total
    )
    if shares.excess:
        keys = messages.join(shares.weakest) or "–"
        yield messages.text("models.over", over=round(shares.excess, 1), keys=keys)
    if shares.unsized:
        yield messages.text("models.unsized", count=len(shares.unsized))


def _describe_thresholds(matrix: Matrix, messages: Messages) -> str:
    """A sentence about the values that divide a matrix into quadrants: the medians of the items of one level."""
    facts: dict[str, str | float] = {"tracker": matrix.tracker, "level": matrix.level.value, "value": matrix.value}
    if matrix.effort:
        return messages.text("models.thresholds", count=None, **facts, effort=matrix.effort)
    return messages.text("models.threshold", count=None, **facts)
