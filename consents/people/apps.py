from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "consents.people"
    label = "people"
