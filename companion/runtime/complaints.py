"""What an agent complains of ends with the life that told it: the next one tells again what still holds."""

from collections import defaultdict
from collections.abc import Mapping

from companion.core import verdict
from companion.messages import AgentName, Status

LATE = Status(verdict.SOURCE, "ok", "pytest's session has ended with the runner")


class Complaints:
    """Whose status is whose."""

    def __init__(self) -> None:
        self._told: defaultdict[AgentName, set[str]] = defaultdict(set)

    def told(self, agent: AgentName, status: Status) -> None:
        """This agent has said so."""
        self._told[agent].add(status.source)

    def ended(self, agent: AgentName, statuses: Mapping[str, Status]) -> tuple[Status, ...]:
        """What to tell when this life of the agent is over; ``statuses`` by what they speak of.

        What pytest said of the project is no complaint of the runner's; but nobody will hear how its session ends.
        """
        sources = sorted(self._told.pop(agent, set()) - {verdict.SOURCE})
        bad = [source for source in sources if source in statuses and statuses[source].health != "ok"]
        late = (LATE,) if agent == "runner" and statuses.get(verdict.SOURCE) == verdict.OPEN else ()
        return (*(Status(source, "ok", f"the {agent} looks anew") for source in bad), *late)
