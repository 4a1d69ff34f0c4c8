"""A document of more than one page cuts nothing in two."""

from datetime import UTC, datetime

import pytest

from consents.core.paper import LINE, QR_SIZE, Paper

GAP = 4  # below it


@pytest.mark.parametrize(("more", "pages"), [(1, 1), (-1, 2)])
def test_a_code_to_scan_stands_whole_on_one_page(more, pages):
    paper = Paper("A receipt", datetime(2026, 11, 28, tzinfo=UTC), "Example Co")
    paper.set_y(paper.page_break_trigger - QR_SIZE - LINE - more)

    paper.draw_qr_code("https://example.com/r", "Check this receipt")

    assert paper.page == pages and paper.get_y() - GAP <= paper.page_break_trigger
