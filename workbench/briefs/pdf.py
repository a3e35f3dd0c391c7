"""A brief on paper: PDF/UA by WeasyPrint, without a browser; else by Chromium, tagged."""

import importlib.util
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from workbench.terms.errors import NotAvailable
from workbench.terms.text import _

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 60


@dataclass(frozen=True)
class Paper:
    """A PDF and what it may call itself: "PDF/UA-1", or "tagged" where no such promise is made."""

    content: bytes
    kind: str


def paper(html: str) -> Paper:
    """A page as PDF.

    Parameters
    ----------
    html : str
        As `page` makes it.

    Returns
    -------
    Paper

    Raises
    ------
    NotAvailable
        Where neither WeasyPrint with its libraries nor Chromium is there, with what to install.
    """
    why = _missing()
    if not why:
        return Paper(_by_weasyprint(html), "PDF/UA-1")
    browser = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if browser is None:
        raise NotAvailable(why)
    return Paper(_by_chromium(html, browser), "tagged")


def _missing() -> str:
    """What WeasyPrint lacks here, in words; "" where it is complete."""
    if importlib.util.find_spec("weasyprint") is None:
        return _('PDF needs WeasyPrint: python -m pip install "osh-workbench[pdf]".')
    try:
        import weasyprint  # noqa: F401  # 0.4 s, and system libraries that may be missing, for PDF alone
    except OSError as error:
        return _(
            "WeasyPrint's system libraries are missing ({why}). On Debian and Ubuntu: apt-get install libpango-1.0-0 "
            "libpangoft2-1.0-0 libharfbuzz-subset0; on macOS: brew install pango; on Windows: the MSYS2 package "
            "mingw-w64-x86_64-pango."
        ).format(why=str(error).splitlines()[0][:120])
    return ""


def _by_weasyprint(html: str) -> bytes:
    """PDF/UA-1: with language, title, outline, structure and the texts of pictures. It opens no address."""
    import weasyprint  # see _missing

    fetcher = weasyprint.URLFetcher(allowed_protocols={"data"})
    document = weasyprint.HTML(string=html, url_fetcher=fetcher)
    return document.write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True)


def _by_chromium(html: str, browser: str) -> bytes:
    """PDF by a browser, without a network, with tags and an outline."""
    with tempfile.TemporaryDirectory() as folder:
        page, out = Path(folder, "brief.html"), Path(folder, "brief.pdf")
        page.write_text(html, encoding="utf-8")
        command = [
            browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer", "--generate-pdf-document-outline", "--virtual-time-budget=4000",
            f"--print-to-pdf={out}", page.as_uri(),
        ]  # fmt: skip
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
            return out.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise NotAvailable(_("{browser} wrote no PDF: {why}").format(browser=browser, why=error)) from error
