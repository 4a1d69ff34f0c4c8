from django.urls import path

from consents.disclosures.customers import own_data_pages, pages, report_pages, telling_pages

app_name = "disclosures"
urlpatterns = [
    path("activity/", pages.show_activity, name="activity"),
    path("activity/looks.csv", pages.download_looks, name="download_looks"),
    path("activity/looks.pdf", pages.download_look_document, name="look_document"),
    path("activity/<uuid:id>/report/", report_pages.report_look, name="report_look"),
    path("settings/looks/", telling_pages.show_look_emails, name="look_emails"),
    path("my-data/", own_data_pages.show_own_data, name="own_data"),
    path("requests/<uuid:id>/see/", own_data_pages.show_requested_data, name="see_first"),
    path("reports/<uuid:id>/", report_pages.show_report, name="report"),
]
