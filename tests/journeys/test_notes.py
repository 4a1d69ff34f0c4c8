"""Two officers talk about a request in notes that its customer never sees."""

from tests.journeys.opening import faults_of_drawn, open_scriptless
from tests.world.rights_requests import file


def test_whoever_is_mentioned_finds_the_note_and_reads_it(real_world, visit):
    request = file(real_world.ada)
    pia, otto, browser = open_scriptless(real_world.pia), open_scriptless(real_world.otto), visit()
    pia.go(f"/admin/rights/rightsrequest/{request.pk}/change/")
    pia.fill("New note", "The voicemail names a neighbour. @Otto, do we keep it?")
    pia.press("Write the note")
    pia.see("The note is on record.")

    otto.go("/admin/")
    otto.follow("request with a note for you")
    otto.follow(request.number)
    otto.see("mentioned you in an internal note.")
    assert faults_of_drawn(otto, browser) == []
    otto.press("Read the notes")
    otto.see("The voicemail names a neighbour.")
    assert faults_of_drawn(otto, browser) == []
