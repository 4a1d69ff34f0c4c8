from django.urls import path

from consents.decisions.api import pages

app_name = "decisions"
urlpatterns = [
    path("access/v1/evaluation", pages.evaluate_question, name="evaluation"),
    path("access/v1/evaluations", pages.evaluate_batch, name="evaluations"),
    path("access/v1/search/subject", pages.search_subjects, name="search_subject"),
    path("access/v1/search/resource", pages.search_resources, name="search_resource"),
    path("access/v1/search/action", pages.search_actions, name="search_action"),
    path(".well-known/authzen-configuration", pages.show_decision_point, name="decision_point"),
]
