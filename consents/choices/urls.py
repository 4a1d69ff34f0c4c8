from django.urls import path

from consents.choices import views

app_name = "choices"
urlpatterns = [
    path("choices/", views.choices, name="list"),
    path("choices/withdraw-all/", views.withdraw_all, name="withdraw_all"),
    path("choices/withdrawn/", views.withdrawn_all, name="withdrawn_all"),
    path("choices/<slug:code>/give/", views.give, name="give"),
    path("choices/<slug:code>/withdraw/", views.withdraw, name="withdraw"),
    path("choices/<slug:code>/saved/", views.saved, name="saved"),
    path("choices/<slug:code>/history/", views.history, name="history"),
]
