"""Scrapy's settings for Paddock: only values that differ from Scrapy 2.19's defaults, each with
that default and the reason. Environment variables are read here and nowhere else in the crawler."""

from os import environ

from crawler import __version__

BOT_NAME = "paddock"  # default scrapybot
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"
COMMANDS_MODULE = "crawler.commands"  # `crawl` with a truthful exit code and a closing summary

# --- Paddock's own settings -----------------------------------------------------------------------
# Where the roster lives; another value serves the replica and tests.
CLASSIC_BASE_URL = environ.get("CLASSIC_BASE_URL", "https://www.classic.com").rstrip("/")
# Networks (CIDR list) that the address guard opens besides the public internet.
FETCH_ALLOWED_NETWORKS = environ.get("FETCH_ALLOWED_NETWORKS", "")
# ISO time with zone that stamps a run's observations; None means the database's now.
OBSERVED_AT = None
# The spider's arguments (-a) as given; the `crawl` command fills it in for the run's record.
RUN_ARGUMENTS: dict[str, str] = {}
# Whether an inventory page that has not changed since it was read is told from memory; False reads
# every page anew.
GRID_MEMORY = True
# How long a run waits for a database that went away before it ends with store_unavailable, seconds.
STORE_PATIENCE = 20.0
# Vehicle pages are read again after this many days, whatever the grid says.
DETAIL_MAX_AGE = 30.0
# A vehicle page that was blocked, gone or failed is left alone for this many hours.
DETAIL_RETRY_AFTER = 20.0
# A page where site owners can reach whoever runs this crawler. Set it before crawling other
# people's sites: the run warns while it is missing.
CONTACT_URL = environ.get("CONTACT_URL", "")
# The longest pause that a site's Retry-After may impose on a run before the site is given up as
# rate-limited and left for the next run, seconds.
RETRY_AFTER_CAP = 60.0

# Where `images` keeps pictures: a folder, s3://bucket/folder/ or gs://bucket/folder/.
IMAGES_STORE = environ.get("IMAGES_STORE", "")
# The most bytes of a picture, both as transferred and as decompressed: more than any photo has.
IMAGES_MAX_BYTES = 20 * 1024 * 1024
# The most pixels (width times height): more than any dealer's camera has, and decoded in 200 MB.
IMAGES_MAX_PIXELS = 50_000_000

# Whether a grid that only a script can draw is drawn in a browser (docs/rendering.md).
RENDERING = True
# The browser's program; empty: chromium, chromium-browser or google-chrome, as found.
RENDER_BROWSER = environ.get("RENDER_BROWSER", "")
# The most that drawing a page may take, seconds: what a visitor would wait for.
RENDER_PAGE_SECONDS = 45.0
# The most parts (scripts, data) that a page may ask for.
RENDER_PAGE_PARTS = 150
# The most that drawing one dealer's pages may take in a run, seconds; what is left is then unread,
# and the walk says so.
RENDER_DEALER_SECONDS = 900.0
# The most pages of one dealer that are drawn in a run.
RENDER_DEALER_PAGES = 100
# The most that the parts of one dealer's pages may weigh in a run, MB.
RENDER_DEALER_MB = 64
# The most that the browser's processes may weigh together, MB; then the heaviest page is ended.
RENDER_MEMORY_MB = 1536.0
# Dealers whose pages are drawn side by side: each takes a processor for itself.
RENDER_DEALERS = 2

# --- Who we are -----------------------------------------------------------------------------------
# Default "Scrapy/VERSION (+https://scrapy.org)": not us, and many sites refuse that token by name.
USER_AGENT = f"Paddock/{__version__} (+{CONTACT_URL})" if CONTACT_URL else f"Paddock/{__version__}"
# Scrapy's robots middleware reads a 503 as "everything allowed" and never refreshes; ours follows
# RFC 9309 and cannot be turned off. ROBOTSTXT_OBEY keeps its default False: it names Scrapy's.

# --- How fast -------------------------------------------------------------------------------------
DOWNLOADER = "crawler.downloader.Downloader"  # Scrapy's own, which counts a transfer a little late
CONCURRENT_REQUESTS = 32  # default 16: sites are served in parallel, each one at a time
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # default 8: one request at a time per site
DOWNLOAD_DELAY = 2.0  # default 0: a dealer's small server comes first; robots may ask for more
# AutoThrottle stays off: with one request at a time per site, latency already spaces requests, and
# it would overwrite the delays that robots.txt asks for.

# --- How much and how long ------------------------------------------------------------------------
DOWNLOAD_TIMEOUT = 30  # default 180: a dead site must not hold a walk
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024  # default 1 GiB: bounds the decompressed body too
DOWNLOAD_WARNSIZE = 4 * 1024 * 1024  # default 32 MiB: warn below the limit
RETRY_GIVE_UP_LOG_LEVEL = "WARNING"  # default ERROR: a site that fails is no error of ours
REDIRECT_MAX_TIMES = 5  # default 20: RFC 9309 asks for five; more is a loop
METAREFRESH_MAXDELAY = 5  # default 100: longer ones are reload timers, not redirects
REACTOR_THREADPOOL_MAXSIZE = 30  # default 10: names are resolved there, and dead ones take long
CLOSESPIDER_TIMEOUT = 6 * 3600  # default 0 (never): a hung run must end before the next one is due
MEMUSAGE_LIMIT_MB = 2048  # default 0 (none): end with a reason instead of the kernel's
LOGSTATS_INTERVAL = 30.0  # default 60

# --- What may be reached --------------------------------------------------------------------------
TWISTED_DNS_RESOLVER = "crawler.resolver.GuardedResolver"  # default resolves anything
DOWNLOAD_VERIFY_CERTIFICATES = True  # default False
# Defaults serve data:, file:, ftp: and s3: URLs; a page must not make us read those.
DOWNLOAD_HANDLERS = {
    # Scrapy's own, and a browser behind it for pages that only a script can draw.
    "http": "crawler.rendering.handler.DownloadHandler",
    "https": "crawler.rendering.handler.DownloadHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
HTTPPROXY_ENABLED = False  # default True: a proxy from the environment would bypass the guard
COOKIES_ENABLED = False  # default True: pages are read as an anonymous visitor sees them
TELNETCONSOLE_ENABLED = False  # default True: runs arbitrary code on a local port
REMOTE_CONTROL_ENABLED = False  # default True: runs arbitrary code on a local port

# scrapy-playwright's, for pages that a browser draws; crawler/rendering/ decides the rest.
PLAYWRIGHT_MAX_PAGES_PER_CONTEXT = 1  # default CONCURRENT_REQUESTS: one page at a time per dealer
PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT = 20_000  # default 30 s: the document is here already

DOWNLOADER_MIDDLEWARES = {
    # Requests pass downwards, answers and errors upwards (Scrapy's own stand at robots 100,
    # retry 550, meta refresh 580, decompression 590, redirect 600).
    "crawler.middlewares.closing.ClosingMiddleware": 10,
    "crawler.middlewares.address.AddressGuard": 60,  # before anything is fetched, robots.txt too
    "crawler.middlewares.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,  # replaced by ours
    "crawler.middlewares.pace.PaceMiddleware": 555,  # sees 429 and 503 before retry does
    "crawler.middlewares.address.RefusedResolution": 560,  # before retry takes it for a DNS failure
    "crawler.middlewares.blocked.BlockedMiddleware": 585,  # decompressed, before meta refresh
}

# --- What is written ------------------------------------------------------------------------------
ITEM_PIPELINES = {
    "crawler.pipelines.contract.ContractPipeline": 100,
    "crawler.pipelines.roster.RosterPipeline": 200,
    "crawler.pipelines.enqueue.EnqueuePipeline": 300,
}
EXTENSIONS = {
    "crawler.extensions.log_lines.LogLines": 10,
    "crawler.extensions.run_record.RunRecord": 100,
    "crawler.extensions.run_figures.RunFigures": 200,
}
LOG_LEVEL = environ.get("PADDOCK_LOG_LEVEL", "INFO")  # default DEBUG: a line per request and item
