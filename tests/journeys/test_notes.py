"""Two officers talk about a request in notes that its customer never sees."""

from tests.journeys.browsing import enter
from tests.journeys.judging import faults_of, faults_of_shown
from tests.world.rights_requests import file


def test_whoever_is_mentioned_finds_the_note_and_reads_it(real_world, visit):
    request = file(real_world.ada)
    pia, otto = visit(width=390), visit(width=390)
    enter(pia, real_world.pia)
    enter(otto, real_world.otto)

    pia.go(f"/admin/rights/rightsrequest/{request.pk}/change/")
    pia.page.get_by_label("New note").fill("The voicemail names a neighbour. @Otto, do we keep it?")
    pia.press("Write the note")
    pia.see("The note is on record.")

    otto.go("/admin/")
    otto.follow("request with a note for you")
    otto.follow(request.number)
    otto.see("mentioned you in an internal note.")
    assert faults_of(otto, otto.page.url.removeprefix(otto.base)) == []
    otto.press("Read the notes")
    otto.see("The voicemail names a neighbour.")
    assert faults_of_shown(otto.page) == []
