from django.urls import path

from consents.disclosures.customers import pages, report_pages

app_name = "disclosures"
urlpatterns = [
    path("activity/", pages.show_activity, name="activity"),
    path("activity/looks.csv", pages.download_looks, name="download_looks"),
    path("activity/looks.pdf", pages.download_look_document, name="look_document"),
    path("activity/<uuid:id>/report/", report_pages.report_look, name="report_look"),
    path("settings/looks/", pages.show_look_emails, name="look_emails"),
    path("my-data/", pages.show_own_data, name="own_data"),
    path("requests/<uuid:id>/see/", pages.show_requested_data, name="see_first"),
    path("reports/<uuid:id>/", report_pages.show_report, name="report"),
]
