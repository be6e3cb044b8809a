"""Who is compared with whom at a target: two versions, or the users with a flag and those without.

The users of a flag are told apart by a label of the metrics, whose value is ``on`` or ``off``: what
the user who was served has.
"""

from __future__ import annotations

from dataclasses import dataclass

from windlass.plan.release_plan import flag_of, place_of
from windlass.ports.metrics import Reading
from windlass.spec.judging import Judge
from windlass.tasks.ramping import OFF, ON
from windlass.tasks.release import Release


@dataclass(frozen=True, slots=True)
class Arms:
    """The new one, the old one (None: there is none), and the label that tells them apart.

    ``label`` is None for the one of versions.
    """

    new: str
    old: str | None
    label: str | None = None


def arms_of(release: Release, target: str) -> Arms:
    """The arms at ``target``."""
    flag = flag_of(target)
    if not flag:
        return Arms(release.version, release.view.before[target].get("stable"))
    return Arms(ON, OFF, release.product.flags[flag].label_of(flag))


def judge_of(release: Release, target: str) -> Judge:
    """What ``target`` is judged by: a flag may have metrics of its own that guard it."""
    judge, flag = release.policy.judge, release.product.flags.get(flag_of(target))
    return judge.model_copy(update={"metrics": flag.guard}) if flag and flag.guard else judge


async def read_arms(release: Release, target: str) -> Reading:
    """What the counters say of both arms now.

    Raises:
        VendorUnavailable: the question could not be asked.
    """
    metrics = judge_of(release, target).metrics.values()
    counters = dict.fromkeys(n for m in metrics for n in (m.count, m.of, m.series) if n is not None)
    histograms = dict.fromkeys(m.histogram for m in metrics if m.histogram is not None)
    flag = flag_of(target)
    label = release.product.flags[flag].label_of(flag) if flag else None
    return await release.ports.metrics.read(
        place_of(target), tuple(counters), tuple(histograms), by=label
    )
