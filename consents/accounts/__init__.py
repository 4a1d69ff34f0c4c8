"""Sign-in: accounts, sessions, second factors, the company's providers and its directory."""
