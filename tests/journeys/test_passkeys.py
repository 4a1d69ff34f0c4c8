"""A passkey in a real browser: missed, made, and then the only thing that is needed to sign in."""

from urllib.parse import unquote

from playwright.sync_api import expect

from tests.journeys.browsing import enter, give_password
from tests.journeys.scriptless import ScriptlessVisit
from tests.world.proofs import give_factor, unused_code


def plug_in_device(one) -> None:
    """A device that keeps passkeys and knows its owner's finger."""
    devtools = one.context.new_cdp_session(one.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def download(one) -> str:
    with one.page.expect_download() as taken:
        one.page.get_by_role("link", name="Download").click()
    return taken.value.path().read_text()


def test_a_browser_without_a_passkey_says_so_and_one_that_is_added_signs_in_alone(real_world, visit):
    ada = visit()
    plug_in_device(ada)
    ada.go("/accounts/login/")
    ada.press("Sign in with a passkey")
    ada.see("No passkey was used. Try again, or choose another way.")
    enter(ada, real_world.ada)
    ada.go("/accounts/2fa/webauthn/add/")
    ada.prove()
    ada.press("Create the passkey")
    ada.see("Your passkey is added")
    codes = ada.page.locator("#codes li")
    expect(codes).to_have_count(10)
    written = codes.all_inner_texts()
    assert download(ada).split("\n\n")[1].split() == written
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ada.press("Copy")
    ada.see("Copied.")
    assert ada.page.evaluate("navigator.clipboard.readText()").split() == written
    ada.page.evaluate("window.print = () => { document.body.dataset.printed = 'yes' }")
    ada.press("Print")
    ada.page.locator("[data-printed=yes]").wait_for()
    ada.press("Sign out")
    ada.go("/accounts/login/?next=/choices/")
    ada.press("Sign in with a passkey")

    ada.page.wait_for_url(lambda url: url.endswith("/choices/") and "login" not in url)
    ada.see("ada@example.com")


def test_without_script_pages_show_nothing_that_needs_it_and_say_how_to_go_on(real_world, visit):
    give_password(real_world.ada.user)
    ada = visit(script=False)
    ada.go("/accounts/login/")
    assert not ada.page.get_by_role("button", name="Sign in with a passkey").is_visible()
    ada.sign_in("ada@example.com")
    ada.be_proved()
    ada.go("/accounts/2fa/webauthn/add/")

    ada.see("You can go on signing in as you do now.")
    assert not ada.page.get_by_role("button", name="Create the passkey").is_visible()
    ada.go("/receipts/verify/")
    ada.see("Choose or paste a signed receipt")
    assert not ada.page.get_by_label("The file of the receipt").is_visible()


def test_without_script_new_recovery_codes_are_written_down_or_downloaded(real_world):
    give_password(real_world.ada.user)
    give_factor(real_world.ada.user)
    ada = ScriptlessVisit()
    ada.sign_in("ada@example.com")
    ada.fill("Code", unused_code(real_world.ada.user))
    ada.press("Sign in", exact=True)
    assert "/accounts/2fa/" not in ada.path

    ada.go("/accounts/2fa/recovery-codes/generate/")
    ada.press("Create new codes")
    ada.see("We only show them now.")
    written = [node.text for node in ada.page.get("codes").walk() if node.tag == "li"]
    file = unquote(ada.find_link("Download", exact=False, near="", row="").attributes["href"])
    assert len(written) == 10 and file.split("\n\n")[1].split() == written
    assert not [node for node in ada.page.walk() if {"data-copy", "data-print"} & set(node.attributes)]
    ada.follow("I have saved my codes")
    ada.see("10 codes left")
