app_name = "choices"
urlpatterns: list = []
