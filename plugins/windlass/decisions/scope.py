"""What a release really contains, against what was planned. Locked at the cut-off.

=====================================  ===================================
an issue that is                       is
=====================================  ===================================
planned, named by a commit             delivered
planned, done, no commit names it      delivered (done without a commit)
planned, not done, no commit names it  dropped
planned, all its commits reverted      dropped
not planned, named by a commit         unplanned
not known to the tracker, named        unknown
taken out by a person, still named     still in (asked: its code is inside)
=====================================  ===================================
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from windlass.decisions.commits import Message, bump_of, read_message
from windlass.decisions.verdict import Outcome, Verdict
from windlass.decisions.versions import Bump, Version, type_allows


@dataclass(frozen=True, slots=True)
class Item:
    """An issue as the tracker has it."""

    key: str
    title: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A commit between the last promoted version and the candidate.

    ``issues``: keys that source control knows of beside those in the message.
    """

    sha: str
    message: str
    author: str = ""
    issues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Breaking:
    """Something that breaks for users: in which commit, what, and for which issues."""

    sha: str
    text: str
    issues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What goes out. Tuples of keys are in the tracker's or the commits' order.

    Attributes:
        delivered, dropped, unplanned: issues; see the module's table.
        unknown: keys that commits name and the tracker does not know.
        unfinished: delivered by a commit, but not done in the tracker.
        still_in: taken out by a person, but commits for them are inside.
        without_issue: commits that name no issue (merges and reverted ones aside).
        breaking: what breaks and was not cleared.
        cleared: what a person said does not break, with the reason, by commit.
        commits: all of them, oldest first.
        authors: who wrote what goes out, sorted.
        bump: how much the version must rise.
    """

    delivered: tuple[Item, ...]
    dropped: tuple[Item, ...]
    unplanned: tuple[Item, ...]
    unknown: tuple[str, ...]
    unfinished: tuple[str, ...]
    still_in: tuple[str, ...]
    without_issue: tuple[str, ...]
    breaking: tuple[Breaking, ...]
    cleared: Mapping[str, str] = field(default_factory=dict)
    commits: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    bump: Bump = Bump.NONE

    @property
    def empty(self) -> bool:
        """Whether there is nothing to release."""
        return self.bump is Bump.NONE

    @property
    def digest(self) -> str:
        """SHA-256 over what it contains: what a signature for the scope binds to."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

    def version_after(self, promoted: str | None) -> Version:
        """The version it gets when nobody chose one; a first release is 1.0.0."""
        if promoted is None:
            return Version(1, 0, 0)
        return Version.parse(promoted).bump(self.bump)


def lock_scope(
    planned: Sequence[Item],
    commits: Sequence[Change],
    named: Iterable[Item],
    *,
    taken_out: Iterable[str] = (),
    cleared: Mapping[str, str] | None = None,
) -> Scope:
    """Compare the plan with the commits.

    Args:
        planned: the issues planned for this release.
        commits: since the last promoted version, oldest first.
        named: the issues that exist among those that the commits name.
        taken_out: keys that a person dropped from this release.
        cleared: commit → why it does not break anything, in a person's words.
    """
    cleared, out = dict(cleared or {}), frozenset(taken_out)
    read = [(commit, read_message(commit.message)) for commit in commits]
    gone = _reverted(read)
    kept = [(commit, message) for commit, message in read if commit.sha not in gone]
    known = {item.key: item for item in (*named, *planned)}
    issues = {commit.sha: _issues(commit, message, known) for commit, message in kept}
    keys = tuple(dict.fromkeys(key for named_there in issues.values() for key in named_there))
    wanted = {item.key: item for item in planned if item.key not in out}
    delivered = [item for item in wanted.values() if item.key in keys or item.done]
    return Scope(
        delivered=tuple(delivered),
        dropped=tuple(item for item in planned if item not in delivered),
        unplanned=tuple(known[k] for k in keys if k in known and k not in wanted and k not in out),
        unknown=tuple(key for key in keys if key not in known),
        unfinished=tuple(item.key for item in delivered if not item.done),
        still_in=tuple(key for key in keys if key in out),
        without_issue=tuple(
            commit.sha for commit, m in kept if not (issues[commit.sha] or m.merge or m.reverts)
        ),
        breaking=tuple(
            Breaking(commit.sha, m.breaking, issues[commit.sha])
            for commit, m in kept
            if m.breaking and commit.sha not in cleared
        ),
        cleared={sha: why for sha, why in cleared.items() if sha in {c.sha for c, _ in kept}},
        commits=tuple(commit.sha for commit in commits),
        authors=tuple(sorted({commit.author for commit, _ in kept if commit.author})),
        bump=_bump(kept, cleared, any_commit=bool(commits)),
    )


def fits_type(scope: Scope, release_type: str) -> Verdict:
    """Whether this scope may go out as ``release_type``; names what is too much."""
    verdict = type_allows(release_type, scope.bump)
    if verdict.passed or not scope.breaking:
        return verdict
    broken = tuple(
        f"{item.sha[:12]} breaks: {item.text}"
        + (f" ({', '.join(item.issues)})" * bool(item.issues))
        for item in scope.breaking
    )
    return Verdict(verdict.outcome, (*verdict.reasons, *broken))


@dataclass(frozen=True, slots=True)
class LiveCommit:
    """What a target serves: the version and the commit it was built from."""

    target: str
    version: str
    sha: str


def contains_live(live: Iterable[LiveCommit], contained: Mapping[str, bool | None]) -> Verdict:
    """Whether the candidate contains every commit that is live in production.

    A hotfix that went out meanwhile must be merged first, or the release would take it away.

    Args:
        live: by target. Nothing live at all (a first release) passes.
        contained: commit → whether the candidate has it; missing or None: could not be asked.
    """
    lines, outcome = [], Outcome.PASS
    for commit in live:
        answer = contained.get(commit.sha)
        if answer is None:
            outcome = Outcome.FAIL if outcome is Outcome.FAIL else Outcome.ERROR
            lines.append(f"could not find out whether it contains {_serves(commit)}")
        elif not answer:
            outcome = Outcome.FAIL
            lines.append(f"lacks {_serves(commit)}: merge it and cut again")
    return Verdict(outcome, tuple(lines) or ("contains everything that is live",))


def _serves(commit: LiveCommit) -> str:
    return f"{commit.sha[:12]} ({commit.version}), which {commit.target} serves"


def _issues(commit: Change, message: Message, known: Mapping[str, Item]) -> tuple[str, ...]:
    """The keys a commit names; ``#12`` is a pull request where the tracker's keys are others."""
    keys = dict.fromkeys((*message.issues, *commit.issues))
    if known and not any(key.startswith("#") for key in known):
        return tuple(key for key in keys if not key.startswith("#"))
    return tuple(keys)


def _reverted(read: Sequence[tuple[Change, Message]]) -> set[str]:
    """Commits that a later one undoes, and the undoing ones; a revert of a revert counts again."""
    gone: set[str] = set()
    for commit, message in reversed(read):
        if message.reverts and commit.sha not in gone:
            undone = [c.sha for c, _ in read if c.sha.startswith(message.reverts)]
            if undone:
                gone.update({undone[0], commit.sha})
    return gone


def _bump(
    kept: Sequence[tuple[Change, Message]], cleared: Mapping[str, str], *, any_commit: bool
) -> Bump:
    """What was cleared counts as a feature at most; commits that undo each other are a patch."""
    breaking = bump_of(m for commit, m in kept if commit.sha not in cleared)
    calmed = bump_of(m for commit, m in kept if commit.sha in cleared)
    bump = max(breaking, min(calmed, Bump.MINOR))
    return Bump.PATCH if any_commit and bump is Bump.NONE else bump
