from django.urls import path

from consents.access.customers import enquiry_pages, pages

app_name = "access"
urlpatterns = [
    path("requests/<uuid:id>/", pages.show_request, name="request"),
    path("requests/<uuid:id>/answer/", pages.answer_request, name="answer"),
    path("requests/<uuid:id>/stop/", pages.stop_access, name="stop"),
    path("requests/<uuid:id>/proof/<int:sequence>/", pages.download_proof, name="proof"),
    path("requests/<uuid:id>/ask-again/", pages.allow_asking_again, name="ask_again"),
    path("requests/<uuid:id>/question/", enquiry_pages.ask_requester, name="question"),
    path("requests/<uuid:id>/remind/", enquiry_pages.remind_me, name="remind"),
    path("requests/<uuid:id>/block/", pages.block_requester, name="block"),
    path("blocks/", pages.show_blocks, name="blocks"),
    path("blocks/nobody/", pages.block_everybody, name="block_everybody"),
    path("blocks/<uuid:id>/lift/", pages.lift_block, name="lift_block"),
]
