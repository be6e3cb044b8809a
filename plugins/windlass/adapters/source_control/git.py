"""Git through its own command (2.31 or newer), on a local repository or a remote one.

A local repository is read and written in place. Of a remote one (a URL) a bare mirror is kept in
the state folder, fetched before each question; branches and tags are pushed. Creating either is a
compare-and-set on "does not exist", so two callers cannot both win. No signatures on tags.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from windlass.adapters.durable_files import held
from windlass.adapters.git_command import Git, checked_ref
from windlass.adapters.source_control import git_log
from windlass.adapters.state_folder import state_folder
from windlass.errors import RefusedByVendor, TerminalError, VendorUnavailable
from windlass.ports.connection import Connect
from windlass.ports.source_control import Commit
from windlass.spec.vendors import GitSettings

_URL = re.compile(r"(https?|ssh|git|file)://.+|[\w.-]+@[\w.-]+:.+")
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_ABSENT = "0" * 40
_TAGGER = "Windlass <windlass@localhost>"


class GitSourceControl:
    """One git repository. Natural keys: a branch or tag that is there is never made again."""

    visible_within = 0.0
    deadline = 300.0

    def __init__(
        self,
        settings: GitSettings,
        *,
        root: Path,
        connect: Connect,  # noqa: ARG002 - every adapter is made the same way
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._now = now
        where = settings.repository
        self._remote = where if _URL.fullmatch(where) else None
        if self._remote:
            name = hashlib.sha256(where.encode()).hexdigest()[:16]
            self._folder = state_folder(root, "git") / name
        else:
            self._folder = root / where
        self._git = Git(self._folder)

    async def resolve(self, ref: str) -> str | None:
        """See the port."""
        checked_ref(ref)
        await self._fetch()
        return await self._commit_of(ref)

    async def compare(self, base: str | None, head: str) -> tuple[Commit, ...]:
        """See the port.

        Raises:
            TerminalError: ``base`` or ``head`` names no commit.
        """
        await self._fetch()
        upto = await self._must(head)
        since = [f"^{await self._must(base)}"] if base is not None else []
        output = await self._git.tell(
            "log", "--topo-order", "--reverse", *git_log.ARGUMENTS, upto, *since, "--"
        )
        return tuple(git_log.commits(output))

    async def changed_lines(self, base: str | None, head: str) -> int | None:
        """See the port; binary files count nothing.

        Raises:
            TerminalError: ``base`` or ``head`` names no commit.
        """
        await self._fetch()
        upto = await self._must(head)
        if base is not None:
            since = await self._must(base)
        else:
            since = (
                (await self._git.tell("hash-object", "-t", "tree", "/dev/null")).decode().strip()
            )
        output = await self._git.tell("diff", "--numstat", "--no-renames", since, upto, "--")
        counts = [line.split("\t")[:2] for line in output.decode(errors="replace").splitlines()]
        return sum(int(count) for pair in counts for count in pair if count.isdecimal())

    async def contains(self, ref: str, sha: str) -> bool:
        """See the port."""
        await self._fetch()
        tip, wanted = await self._must(ref), await self._commit_of(checked_ref(sha))
        if wanted is None:
            return False
        done = await self._git.ask("merge-base", "--is-ancestor", wanted, tip)
        if done.code in (0, 1):
            return done.code == 0
        raise TerminalError(f"git merge-base: {done.tail()}")

    async def create_branch(self, name: str, sha: str) -> None:
        """See the port."""
        await self._create(f"refs/heads/{checked_ref(name)}", sha, await self._known(sha))

    async def create_tag(self, name: str, sha: str, message: str) -> None:
        """See the port."""
        commit = await self._known(sha)
        text = message.replace("\0", "").strip() + "\n"
        when = int(self._now().timestamp())
        body = (
            f"object {commit}\ntype commit\ntag {checked_ref(name)}\n"
            f"tagger {_TAGGER} {when} +0000\n\n{text}"
        )
        made = await self._git.tell("mktag", stdin=body.encode())
        await self._create(f"refs/tags/{name}", sha, made.decode().strip())

    async def tag_message(self, name: str) -> str | None:
        """See the port."""
        await self._fetch()
        full = f"refs/tags/{checked_ref(name)}"
        kind = await self._git.ask("cat-file", "-t", full)
        if kind.code or kind.out.strip() != b"tag":
            return None
        raw = await self._git.tell("cat-file", "tag", full)
        return raw.decode(errors="replace").partition("\n\n")[2].strip()

    async def _create(self, full: str, sha: str, value: str) -> None:
        """Point ``full`` at ``value`` if it does not exist; it may already be at ``sha``."""
        if self._remote:
            refused = await self._git.ask(
                "push", "--quiet", f"--force-with-lease={full}:", self._remote, f"{value}:{full}"
            )
        else:
            refused = await self._git.ask("update-ref", full, value, _ABSENT)
        if not refused.code:
            return
        await self._fetch()
        there = await self._commit_of(full)
        if there == await self._commit_of(sha):
            return
        if there is None:
            raise VendorUnavailable(f"git could not create {full}: {refused.tail(600)}")
        raise RefusedByVendor(
            f"{full} is already at {there}, not {sha}; a branch or tag is never moved: "
            "choose another version or remove it by hand"
        )

    async def _known(self, sha: str) -> str:
        if not _SHA.fullmatch(sha):
            raise TerminalError(f"{sha!r} is not a full commit id")
        await self._fetch()
        return await self._must(sha)

    async def _must(self, ref: str) -> str:
        found = await self._commit_of(checked_ref(ref))
        if found is None:
            raise TerminalError(f"{ref!r} names no commit in the repository")
        return found

    async def _commit_of(self, ref: str) -> str | None:
        done = await self._git.ask(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
        )
        if done.code == 0:
            return done.out.decode().strip()
        if done.code == 1:
            return None
        raise TerminalError(f"git cannot read {self._folder}: {done.tail(600)}")

    async def _fetch(self) -> None:
        """Bring the mirror of a remote repository up to date."""
        if self._remote is None:
            if not self._folder.is_dir():
                raise TerminalError(f"there is no repository at {self._folder}")
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        async with held(self._folder.with_suffix(".lock"), patience=120):
            await self._git.tell("init", "--quiet", "--bare", ".")
            done = await self._git.ask(
                "fetch", "--quiet", "--prune", "--no-auto-gc", self._remote, "+refs/*:refs/*"
            )
        if done.code:
            raise VendorUnavailable(f"git cannot fetch from the remote: {done.tail(600)}")
