"""The summary as a letter: plain text, a page with its charts inside, the PDF attached.

Mailboxes block pictures of other servers and know little of style sheets, so nothing is fetched and the page is made of
tables. What a mailbox shows none of stands in the plain text.
"""

from dataclasses import dataclass, field

from postbox.mail import Letter
from reports import chart, render, told
from reports.official.values import Heading
from reports.papers.pictures import panel_png
from reports.papers.printing import printed
from reports.summary import WeeklySummary

PICTURES_MOST = 8
"""So many small charts come with a letter: it stays light, and with more channels the tables say the same."""


@dataclass(frozen=True, slots=True)
class Mailed:
    """A summary made ready once, for any number of addresses."""

    subject: str
    text: str
    html: str
    pictures: dict[str, bytes] = field(repr=False)
    files: dict[str, bytes] = field(repr=False)

    def to(self, sender: str, address: str, mark: str) -> Letter:
        """The letter to one address."""
        return Letter(
            sender, (address,), self.subject, self.text, mark, html=self.html, pictures=self.pictures, files=self.files,
            unsubscribe=sender,
        )  # fmt: skip


def mailed(summary: WeeklySummary, heading: Heading, desk: str = "") -> Mailed:
    """The letter's parts. `desk`: the desk's address, for a link to the page; "" for none."""
    address = f"{desk}/so-lieu/tuan/{summary.period}" if desk else ""
    pictures, shown = _pictures(summary)
    return Mailed(
        subject=f"[CCHC] Tổng hợp tương tác {summary.label[0].lower()}{summary.label[1:]}",
        text=render.text(summary) + (f"\nXem trên bàn làm việc: {address}\n" if address else ""),
        html=render.page("weekly_mail.html.j2", summary, title=told.title(summary), pictures=shown,
                         address=address),
        pictures=pictures,
        files={f"tong-hop-tuan-{summary.period}.pdf": printed(summary, heading.issuer)},
    )  # fmt: skip


def _pictures(summary: WeeklySummary) -> tuple[dict[str, bytes], list[dict[str, str]]]:
    """The small charts by name, and how the page shows them."""
    panels = [
        (f"{mark}-{place}", panel)
        for mark, several in (("ngay", chart.day_panels(summary, 72)), ("nen", chart.base_panels(summary)))
        for place, panel in enumerate(several)
    ]
    if len(panels) > PICTURES_MOST:
        return {}, []
    files = {name: panel_png(panel, name) for name, panel in panels}
    return files, [{"name": name, "alt": f"{panel.title}, {panel.note}: {panel.described}."} for name, panel in panels]
