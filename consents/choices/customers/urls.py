from django.urls import path

from consents.choices.customers import pages

app_name = "choices"
urlpatterns = [
    path("choices/", pages.show_choices, name="list"),
    path("choices/withdraw-all/", pages.withdraw_all_choices, name="withdraw_all"),
    path("choices/withdrawn/", pages.show_withdrawn, name="withdrawn_all"),
    path("choices/<slug:code>/give/", pages.answer_choice, name="give"),
    path("choices/<slug:code>/withdraw/", pages.withdraw_choice, name="withdraw"),
    path("choices/<slug:code>/saved/", pages.show_saved_choice, name="saved"),
    path("choices/<slug:code>/history/", pages.show_choice_history, name="history"),
]
