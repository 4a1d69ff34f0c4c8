from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "consents.catalogue"
    label = "catalogue"
