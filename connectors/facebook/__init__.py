"""A Facebook Page through the Graph API. Section numbers in this package are those of the Facebook fact sheet."""

from connectors.facebook.page import FacebookPage
from connectors.facebook.settings import Options, Settings

__all__ = ["FacebookPage", "Options", "Settings"]
