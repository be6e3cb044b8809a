"""What a release holds, gathered from source control and the tracker; locked only by the cut."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from windlass.decisions.commits import read_message
from windlass.decisions.scope import Change, Item, Scope, lock_scope
from windlass.decisions.versions import Bump
from windlass.errors import TerminalError
from windlass.ledger.views.live import Running
from windlass.ports.source_control import Commit
from windlass.ports.tracker import Issue
from windlass.tasks.exposing import live
from windlass.tasks.people import author_called
from windlass.tasks.release import Release

#: Kinds and labels of issues, in small letters, as the commit types they amount to.
KINDS: Mapping[str, str] = {
    **dict.fromkeys(("feature", "story", "epic", "improvement", "enhancement"), "feat"),
    **dict.fromkeys(("bug", "defect", "fix", "incident", "security"), "fix"),
}
BREAKING = frozenset({"breaking", "breaking-change"})


@dataclass(frozen=True, slots=True)
class Gathered:
    """A scope as it stands at ``ref``, and where it starts.

    Attributes:
        sha: the commit that ``ref`` names.
        base: the commit that was promoted last; None before the first release.
        last: the version that was promoted last; None before the first release.
        issues: every issue that is planned or named, by key.
        commits: what is not live yet, by id, oldest first.
    """

    ref: str
    sha: str
    base: str | None
    last: str | None
    scope: Scope
    issues: Mapping[str, Issue]
    commits: Mapping[str, Commit]

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that changes."""
        return tuple(dict.fromkeys(f for commit in self.commits.values() for f in commit.files))

    @property
    def features(self) -> tuple[str, ...]:
        """The subjects of the commits that ask for a minor version or more."""
        return tuple(
            commit.subject
            for commit in self.commits.values()
            if read_message(commit.message).bump >= Bump.MINOR
        )


async def gather(
    release: Release, ref: str, *, cleared: Mapping[str, str] | None = None
) -> Gathered:
    """Everything between what was promoted last and ``ref``, against what is planned.

    Args:
        cleared: commit → why it breaks nothing, in a person's words.

    Raises:
        TerminalError: there is no such ref, or nobody knows the commit of what is live.
    """
    control = release.ports.source_control
    sha = await control.resolve(ref)
    if sha is None:
        raise TerminalError(f"{ref!r} names no commit of the product's repository")
    newest = last_promoted(release)
    base = await sha_of(release, newest) if newest else None
    commits = [c for c in await control.compare(base, sha) if _counts(release, c)]
    planned, named = await _issues(release, commits)
    issues = {issue.key: issue for issue in (*planned, *named)}
    scope = lock_scope(
        [_item(issue) for issue in planned],
        [_change(release, commit, issues) for commit in commits],
        [_item(issue) for issue in named],
        taken_out=release.view.dropped,
        cleared=cleared,
    )
    return Gathered(
        ref,
        sha,
        base,
        newest.version if newest else None,
        scope,
        issues,
        {commit.sha: commit for commit in commits},
    )


def ref_of(release: Release) -> str:
    """The ref a release is cut from: the fix the on-call named, the form's, the main branch."""
    if release.view.begun is not None:
        return str(release.view.begun["fix"])
    if release.inputs.ref is not None:
        return release.inputs.ref
    vendor = release.product.vendor("source_control")
    return str(getattr(vendor.settings, "branch", None) or "main") if vendor else "main"


async def scope_now(release: Release) -> Mapping[str, Any]:
    """The locked scope; before the cut, what it would be if it were cut now."""
    if release.view.scope is not None:
        return release.view.scope
    return to_json(release, await gather(release, ref_of(release)))


def last_promoted(release: Release) -> Running | None:
    """What was promoted to (or adopted on) a live target last."""
    view = live(release)
    found = [
        running
        for target in release.plan.live_targets
        if (running := view.on(target.name)) is not None
    ]
    return max(found, key=lambda running: running.since, default=None)


async def sha_of(release: Release, running: Running) -> str:
    """The commit of what is live: as it was promoted, else as its tag has it.

    Raises:
        TerminalError: nobody knows.
    """
    if running.sha is not None:
        return running.sha
    tag = release.tag_of(running.version)
    sha = await release.ports.source_control.resolve(tag)
    if sha is None:
        raise TerminalError(
            f"nobody knows the commit of {running.version}, which is live, and there is no tag "
            f"{tag}: take it up again with its commit: windlass adopt"
        )
    return sha


def to_json(release: Release, gathered: Gathered) -> dict[str, Any]:
    """A scope as ``scope.locked`` has it; ``digest`` is what signatures bind to."""
    scope = gathered.scope
    people = {address: author_called(release.product, address) for address in scope.authors}
    migrations = migrating(release, gathered.files)
    breaking = [
        {"key": (one.issues or (one.sha[:9],))[0], "sha": one.sha, "title": one.text, "note": ""}
        for one in scope.breaking
    ]
    return {
        "sha": gathered.sha,
        "ref": gathered.ref,
        "base": gathered.base,
        "after": gathered.last,
        "digest": _digest(gathered),
        "delivered": _shown(gathered, (*scope.delivered, *scope.unplanned)),
        "dropped": _shown(gathered, scope.dropped),
        "unplanned": _shown(gathered, scope.unplanned),
        "unfinished": list(scope.unfinished),
        "unknown": list(scope.unknown),
        "without_issue": [
            {"key": sha[:9], "title": gathered.commits[sha].subject} for sha in scope.without_issue
        ],
        "breaking": breaking,
        "cleared": dict(scope.cleared),
        "migrations": list(migrations),
        "authors": sorted({name for name in people.values() if name is not None}),
        "unmapped_authors": sorted(a for a, name in people.items() if name is None),
        "bump": scope.bump.name.lower(),
        "commits": len(gathered.commits),
        "files": len(gathered.files),
        "summary": _summary(gathered, migrations),
    }


def migrating(release: Release, files: Iterable[str]) -> tuple[str, ...]:
    """Those of ``files`` whose change means that the release migrates data."""
    migrations = release.policy.rollout.migrations
    if migrations is None:
        return ()
    return tuple(path for path in files if matches(path, migrations.paths))


def matches(path: str, patterns: tuple[str, ...]) -> bool:
    """Whether ``path`` is one of ``patterns``, or below one that ends with ``/`` or ``/**``."""
    return any(
        fnmatchcase(path, pattern) or path.startswith(pattern.removesuffix("**").rstrip("/") + "/")
        for pattern in patterns
    )


def _digest(gathered: Gathered) -> str:
    """Over the commit and what is in it."""
    text = f"{gathered.sha} {gathered.scope.digest}"
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _summary(gathered: Gathered, migrations: tuple[str, ...]) -> str:
    scope = gathered.scope
    parts = [
        (len(scope.delivered), "planned and delivered"),
        (len(scope.unplanned), "not planned"),
        (len(scope.dropped), "planned and not in it"),
        (len(scope.without_issue), "commits without an issue"),
        (len(scope.breaking), "breaking"),
        (len(migrations), "migrations"),
    ]
    said = ", ".join(f"{count} {what}" for count, what in parts if count) or "nothing planned"
    count = len(gathered.commits)
    commits = f"{count} commit{'' if count == 1 else 's'}"
    return f"{commits} since {gathered.last or 'the beginning'}: {said}."


async def _issues(
    release: Release, commits: list[Commit]
) -> tuple[tuple[Issue, ...], tuple[Issue, ...]]:
    """What is planned, and what the commits name."""
    if not release.ports.has("tracker"):
        return (), ()
    tracker = release.ports.tracker
    keys = dict.fromkeys(
        key for commit in commits for key in (*commit.issues, *read_message(commit.message).issues)
    )
    planned = await tracker.planned(release.inputs.version)
    return planned, await tracker.get(tuple(keys)) if keys else ()


def _item(issue: Issue) -> Item:
    return Item(issue.key, issue.title, issue.done)


def _change(release: Release, commit: Commit, issues: Mapping[str, Issue]) -> Change:
    message = commit.message
    if release.product.versions.commits == "tracker":
        message = _as_tracked(commit, issues)
    return Change(commit.sha, message, commit.author, commit.issues)


def _as_tracked(commit: Commit, issues: Mapping[str, Issue]) -> str:
    """The commit's message with the type that its issues say it has."""
    words = {
        word.lower()
        for key in commit.issues
        if key in issues
        for word in (issues[key].kind, *issues[key].labels)
    }
    if not words:
        return commit.message
    kinds = {KINDS[word] for word in words if word in KINDS}
    kind = "feat" if "feat" in kinds else "fix" if kinds else "chore"
    bang = "!" if words & BREAKING else ""
    return f"{kind}{bang}: {read_message(commit.message).text}"


def _shown(gathered: Gathered, items: Iterable[Item]) -> list[dict[str, Any]]:
    issues = (gathered.issues[item.key] for item in items)
    return [
        {"key": i.key, "title": i.title, "kind": i.kind, "done": i.done, "link": i.link or ""}
        for i in issues
    ]


def _counts(release: Release, commit: Commit) -> bool:
    """In a repository of several products only commits that touch this one's paths count."""
    wanted = release.product.versions.paths
    return not wanted or any(matches(path, wanted) for path in commit.files)
