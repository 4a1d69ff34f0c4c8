"""What the demo's company is called and how it is reached, where the environment does not say."""

COMPANY = {
    "PORTAL_COMPANY": "Harbour & Pine Outfitters",
    "PORTAL_PHONE": "0800 555 0100",
    "PORTAL_EMAIL": "privacy@harbourandpine.example",
}
