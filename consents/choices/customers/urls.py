from django.urls import path

from consents.choices.customers.pages import answering, listing

app_name = "choices"
urlpatterns = [
    path("choices/", listing.show_choices, name="list"),
    path("choices/withdraw-all/", answering.withdraw_all_choices, name="withdraw_all"),
    path("choices/withdrawn/", answering.show_withdrawn, name="withdrawn_all"),
    path("choices/<slug:code>/give/", answering.answer_choice, name="give"),
    path("choices/<slug:code>/withdraw/", answering.withdraw_choice, name="withdraw"),
    path("choices/<slug:code>/saved/", answering.show_saved_choice, name="saved"),
    path("choices/<slug:code>/history/", listing.show_choice_history, name="history"),
]
