"""What the tests of the pages share: what is entered for the case of 2015, and a page taken apart."""

from html.parser import HTMLParser

import html5lib

# The case of 2015 as far as the form asks for it; injury and injections that nobody stated stay open.
CASE_OF_2015 = {
    "treatment": ["EpiduralSteroidInjection", "MassageTherapy", "Sedation"],
    "date": ["2015-08-20"],
    "label": ["Low back pain, as the form has it"],
    "case/injuryDate/injuryDate": ["2000-03-06"],
    "case/ProgressReport/documentDate": ["2015-08-18"],
    "EpiduralSteroidInjection/G-10.scope.on-file/hasPhase": ["chronicPhase"],
    "EpiduralSteroidInjection/ESI-0.radicular-pain.on-file/documented": ["yes"],
    "EpiduralSteroidInjection/ESI-1b.corroboration.on-file/atLevel": ["L4-L5"],
    "EpiduralSteroidInjection/ESI-3.fluoroscopy.on-file/usesGuidance": ["fluoroscopicGuidance"],
    "EpiduralSteroidInjection/injectionCount/injectionCount": ["1"],
    "MassageTherapy/MAS-3.visits.on-file/visitCount": ["12"],
    "MassageTherapy/RenewalRequest/hasCourseStatus": ["ongoing"],
    "MassageTherapy/PM-2.sparingly.holds/deliversTreatment.kind": ["ManualTherapy", "TENS"],
    "Sedation/isDerivativeOf/isDerivativeOf": ["EpiduralSteroidInjection"],
}
# Words that would run if they came into a page as they are.
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class Page(HTMLParser):
    """The elements of a page with their attributes, what would break the policy, and the texts of controls without a label."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.inline: list[str] = []
        self.areas: dict[str, str] = {}
        self._area = ""
        self._labels = 0
        self.unlabelled: list[str] = []
        self.feed(text)
        for_ids = {a["for"] for a in self.all("label") if "for" in a}
        self.unlabelled = [name for name, element, wrapped in self._controls if not wrapped and element not in for_ids]

    def reset(self) -> None:
        super().reset()
        self._controls: list[tuple[str, str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.elements.append((tag, found))
        self._labels += tag == "label"
        self._area = found.get("name", "") if tag == "textarea" else ""
        if tag in ("input", "select", "textarea") and found.get("type") != "hidden":
            self._controls.append((found.get("name", ""), found.get("id", ""), self._labels > 0))
        if any(name.startswith("on") or name == "style" for name in found) or (tag == "script" and "src" not in found) or tag == "style":
            self.inline.append(tag)

    def handle_data(self, data: str) -> None:
        if self._area:
            self.areas[self._area] = self.areas.get(self._area, "") + data

    def handle_endtag(self, tag: str) -> None:
        self._area = ""
        self._labels -= tag == "label"

    def all(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of all elements called ``tag``."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def ids(self) -> list[str]:
        """The identifiers of all elements."""
        return [a["id"] for _, a in self.elements if "id" in a]

    @property
    def links(self) -> list[str]:
        """The addresses that links lead to."""
        return [a["href"] for name, a in self.elements if name == "a" and "href" in a]


def is_valid_html(text: str) -> list[str]:
    """Return what an HTML 5 parser finds wrong with a page."""
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(text)
    return [f"{place}: {code} {data}" for place, code, data in parser.errors]


def fields_of(page: Page) -> dict[str, list[str]]:
    """Return what a browser without a script would send from the form on ``page``: values, and what is checked or chosen."""
    found = {name: [text] for name, text in page.areas.items()}
    select = ""
    for tag, a in page.elements:
        if tag == "select":
            select = a.get("name", "")
        elif tag == "option" and "selected" in a:
            found.setdefault(select, []).append(a["value"])
        elif tag == "input" and a.get("name") and (a.get("type") != "checkbox" or "checked" in a) and a.get("value"):
            found.setdefault(a["name"], []).append(a["value"])
    return found
