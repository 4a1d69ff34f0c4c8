"""Two officers talk about a request in notes that its customer never sees."""

from tests.journeys.judging import faults_of_shown
from tests.journeys.opening import open_for, open_scriptless
from tests.world.rights_requests import file


def test_whoever_is_mentioned_finds_the_note_and_reads_it(real_world, visit):
    request = file(real_world.ada)
    pia, otto = open_scriptless(real_world.pia), open_for(real_world.otto, visit, width=390)
    pia.go(f"/admin/rights/rightsrequest/{request.pk}/change/")
    pia.fill("New note", "The voicemail names a neighbour. @Otto, do we keep it?")
    pia.press("Write the note")
    pia.see("The note is on record.")

    otto.go("/admin/")
    otto.follow("request with a note for you")
    otto.follow(request.number)
    otto.see("mentioned you in an internal note.")
    assert faults_of_shown(otto.page) == []
    otto.press("Read the notes")
    otto.see("The voicemail names a neighbour.")
    assert faults_of_shown(otto.page) == []
