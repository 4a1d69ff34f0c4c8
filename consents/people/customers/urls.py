from django.urls import path

from consents.people.customers import pages

app_name = "people"
urlpatterns = [
    path("claim/", pages.claim_record, name="claim"),
    path("for/", pages.choose_acting, name="act_for"),
    path("for/<int:id>/name/", pages.choose_name, name="choose_name"),
    path("representatives/", pages.show_representatives, name="representatives"),
    path("representatives/<int:id>/end/", pages.end_representative, name="end_representative"),
    path("lock/", pages.lock_access, name="lock"),
    path("locked/", pages.unlock_access, name="locked"),
    path("settings/time-zone/", pages.show_time_zone, name="time_zone"),
    path("settings/time-zone/offer/", pages.offer_time_zone, name="offer_time_zone"),
    path("language/", pages.choose_language, name="language"),
]
