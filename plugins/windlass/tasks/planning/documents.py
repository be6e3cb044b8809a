"""``planning.documents``: drafts of what people will read; a guide that leaves out nothing.

A draft is brought up to date as long as nobody has edited it. What a person wrote stays, and is
only read: does it name every breaking item?
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from windlass.decisions.verdict import Outcome, Verdict
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.finding import Finding
from windlass.tasks.pages import body_of, draft, facts_of
from windlass.tasks.release import Release
from windlass.tasks.scoping import scope_now
from windlass.tasks.wording import has_template

#: What the draft of the guide says of an item until a person has written what to do.
TO_BE_WRITTEN = "What to do instead is written here before the release."
NOTES, NEWS, GUIDE = "release_notes", "user_communication", "migration_guide"


async def documents(release: Release, task: PlannedTask) -> Finding:
    """Write the drafts; red when the migration guide does not name something that breaks."""
    scope = await scope_now(release)
    evidence = {
        "documents": await write_drafts(release, task, scope),
        "provisional": release.view.scope is None,
    }
    return Finding(await guide_verdict(release, scope), evidence)


async def write_drafts(
    release: Release, task: PlannedTask, scope: Mapping[str, Any]
) -> dict[str, Any]:
    """Every document that this release owes its users, as far as ``scope`` says; by name."""
    facts = facts_of(release, scope)
    pages = {NOTES: await draft(release, task, NOTES, facts)}
    if not release.policy.preempts:
        for language in languages(release):
            name = NEWS if language == "en" else f"{NEWS}_{language}"
            template = f"{name}.md" if has_template(release.product, f"{name}.md") else f"{NEWS}.md"
            pages[name] = await draft(release, task, name, facts, template=template)
    if scope.get("breaking"):
        pages[GUIDE] = await draft(release, task, GUIDE, facts)
    return pages


async def guide_verdict(release: Release, scope: Mapping[str, Any]) -> Verdict:
    """Whether the migration guide, as it reads now, names every breaking item of ``scope``."""
    breaking = scope.get("breaking") or ()
    if not breaking:
        return Verdict(Outcome.PASS, ("nothing breaks: no migration guide is needed",))
    body, keys = await body_of(release, GUIDE), [str(item["key"]) for item in breaking]
    missing = unnamed(body, keys)
    reasons = [f"the migration guide does not name {key}" for key in missing]
    reasons += [
        f"the migration guide does not say what to do about {key}"
        for key in keys
        if key not in missing and is_unsaid(body, key)
    ]
    if reasons:
        return Verdict(Outcome.FAIL, tuple(reasons))
    return Verdict(Outcome.PASS, (f"the migration guide names all {len(breaking)} breaking items",))


def unnamed(body: str, keys: Iterable[str]) -> tuple[str, ...]:
    """Those of ``keys`` that ``body`` does not name as a word of its own.

    >>> unnamed("SHOP-12 goes away", ["SHOP-1", "SHOP-12"])
    ('SHOP-1',)
    """
    words = set(body.replace("\\", "").replace(":", " ").replace(",", " ").split())
    return tuple(key for key in keys if key not in {word.strip("().;`*_[]<>") for word in words})


def is_unsaid(body: str, key: str) -> bool:
    """Whether ``body`` has no more to say of ``key`` than its name, its title or our own draft.

    >>> is_unsaid("## SHOP-12: cents", "SHOP-12"), is_unsaid("SHOP-12: times 100", "SHOP-12")
    (True, False)
    """
    here = False
    for line in (line.strip() for line in body.splitlines()):
        names = not unnamed(line, [key])
        if line.startswith("#"):
            here = names
        elif (here or names) and line != TO_BE_WRITTEN and re.search(r"\w", line.replace(key, "")):
            return False
    return True


def languages(release: Release) -> tuple[str, ...]:
    """The languages of the live regions, each once; English where there are no regions."""
    found = [
        region.language
        for environment in release.product.environments
        if environment.live
        for region in environment.regions
    ]
    return tuple(dict.fromkeys(found)) or ("en",)
