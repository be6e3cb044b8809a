"""The list of tasks while a plan is being made: adds them in order, knows who comes last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from windlass.plan.release_plan import Nature, PlannedTask
from windlass.plan.rows import ROWS
from windlass.spec.policy import Policy
from windlass.spec.product import Product

#: Words that are written in their own way on screen.
SHOWN = {"devops": "DevOps", "qa_engineer": "QA engineer"}

#: Conditions that the task itself finds out: they depend on more than this release.
SELF_DECIDED = ("migrates_or_stale",)


class Draft:
    """A plan in the making for one product and one release type."""

    def __init__(self, product: Product, policy: Policy) -> None:
        self.product, self.policy = product, policy
        self.tasks: list[PlannedTask] = []
        self.not_applicable: dict[str, str] = {}

    def wants(self, row: str) -> bool:
        """Whether the release type has ``row``; when it does not, says so in the plan."""
        policy = self.policy
        if row in policy.tasks or row in policy.also or row in policy.tasks_if:
            return True
        self.not_applicable[row] = f"{policy.name} releases do not have it"
        return False

    def chosen(self, row: str, needs: str | None) -> bool:
        """Whether ``row`` is in the plan: the type has it, and nothing is missing.

        Args:
            row: the row's name.
            needs: what is not configured and would be needed; ``None`` when all is there.
        """
        if not self.wants(row):
            return False
        if needs is not None:
            self.skip(row, needs)
        return needs is None

    def no_port(self, *ports: str) -> str | None:
        """``None`` when one of ``ports`` is configured, else the reason in words."""
        if any(port in self.product.vendors for port in ports):
            return None
        return f"no {' or '.join(port.replace('_', ' ') for port in ports)} configured"

    def skip(self, row: str, reason: str) -> None:
        """Note why ``row`` is not in the plan."""
        self.not_applicable[row] = reason

    def add(
        self,
        task_id: str,
        row: str,
        after: Iterable[str],
        *,
        owners: tuple[str, ...] | None = None,
        **args: Any,
    ) -> str:
        """Add a task; ``after`` may hold ids that are not in the plan: they are left out."""
        shape = ROWS[row]
        known = {task.id for task in self.tasks}
        condition = self.policy.tasks_if.get(task_id)
        if condition is not None:
            args["decides" if condition in SELF_DECIDED else "only_if"] = condition
        self.tasks.append(
            PlannedTask(
                id=task_id,
                row=row,
                phase=row.partition(".")[0],
                title=shape.title.format(**_words(args)),
                owners=owners or shape.owners,
                after=tuple(dict.fromkeys(one for one in after if one in known)),
                args=args,
                evidence=shape.evidence,
                nature=shape.nature,
                rule=shape.rule,
                form=shape.form,
            )
        )
        return task_id

    def leaves(self) -> tuple[str, ...]:
        """The work that nothing comes after yet, in order."""
        before = {one for task in self.tasks for one in task.after}
        return tuple(
            task.id
            for task in self.tasks
            if task.id not in before and task.nature is not Nature.TEARDOWN
        )


def human(word: str) -> str:
    """``product_manager`` as people say it: ``Product manager``."""
    return SHOWN.get(word, word.replace("_", " ").capitalize())


def _share(args: dict[str, Any]) -> str:
    """``5 %``; ``new-cart 5 %`` or ``new-cart for staff`` of a flag."""
    audience = args.get("audience")
    share = f"for {audience}" if audience else f"{args.get('percent', '')} %"
    return f"{args['flag']} {share}" if "flag" in args else share


def _words(args: dict[str, Any]) -> dict[str, str]:
    seat = int(args.get("seat", 0))
    place = args.get("region") or args.get("environment") or ""
    return {
        "place": str(place),
        "percent": str(args.get("percent", "")),
        "share": _share(args),
        "suite": str(args.get("suite", "")).replace("_", " "),
        "role": human(str(args.get("role", ""))) + (f" {seat + 1}" if seat else ""),
    }
