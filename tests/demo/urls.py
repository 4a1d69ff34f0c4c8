"""The addresses as the demo has them."""

from django.urls import include, path

from portal.urls import urlpatterns as everywhere

urlpatterns = [*everywhere, path("", include("consents.ops.demo.urls"))]
