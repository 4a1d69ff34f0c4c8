from django.urls import path

from consents.rights.customers import asking_pages, request_pages

app_name = "rights"
urlpatterns = [
    path("rights/", asking_pages.show_rights, name="list"),
    path("rights/received/", asking_pages.show_receipt, name="received"),
    path("rights/requests/<str:number>/", request_pages.show_request, name="request"),
    path("rights/requests/<str:number>/sent/", request_pages.show_confirmation, name="sent"),
    path("rights/requests/<str:number>/confirm/", request_pages.confirm_own_request, name="confirm"),
    path("rights/requests/<str:number>/entry/", request_pages.show_entries, name="entry"),
    path("rights/requests/<str:number>/take-back/", request_pages.withdraw_own_request, name="take_back"),
    path("rights/requests/<str:number>/agree/", request_pages.agree_to_own_request, name="agree"),
    path("rights/requests/<str:number>/appeal/", request_pages.appeal_own_request, name="appeal"),
    path("rights/correct-value/", asking_pages.correct_value, name="correct_value"),
    path("rights/requests/<str:number>/reply/<int:clarification>/", request_pages.reply_to_own_question, name="reply"),
    path("rights/answer/", request_pages.answer_with_code, name="answer_question"),
    path("rights/<slug:slug>/", asking_pages.ask_for_right, name="ask"),
]
