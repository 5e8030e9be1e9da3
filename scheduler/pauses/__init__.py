"""The emergency pause: while one covers a post on a channel, nothing of it becomes public there but what is allowed.

Nothing is lost and nothing is let go by itself: at its hour a publication is held, and after the pause a person
decides about each (see `scheduler.release`). Preparing goes on, and so do the looks at what may be public already.
A pause ends when a person ends it or at its own hour; its row stays.
"""

from scheduler.pauses.holding import HeldRow as HeldRow
from scheduler.pauses.holding import count_held as count_held
from scheduler.pauses.holding import held_by_pause as held_by_pause
from scheduler.pauses.holding import held_counts as held_counts
from scheduler.pauses.holding import held_facts as held_facts
from scheduler.pauses.holding import hold as hold
from scheduler.pauses.holding import hold_the_due as hold_the_due
from scheduler.pauses.holding import posts_of as posts_of
from scheduler.pauses.holding import stopped_by as stopped_by
from scheduler.pauses.orders import REASONS as REASONS
from scheduler.pauses.orders import WORDS_MOST as WORDS_MOST
from scheduler.pauses.orders import PauseError as PauseError
from scheduler.pauses.orders import active as active
from scheduler.pauses.orders import begin as begin
from scheduler.pauses.orders import between as between
from scheduler.pauses.orders import counting as counting
from scheduler.pauses.orders import counts_for as counts_for
from scheduler.pauses.orders import counts_now as counts_now
from scheduler.pauses.orders import end as end
from scheduler.pauses.orders import every as every
from scheduler.pauses.orders import is_in_force as is_in_force
from scheduler.pauses.orders import remaining as remaining
from scheduler.pauses.orders import standing as standing
from scheduler.pauses.scope import covering as covering
from scheduler.pauses.scope import covers as covers
from scheduler.pauses.scope import end_of as end_of
from scheduler.pauses.scope import in_force as in_force
from scheduler.pauses.scope import is_general as is_general
from scheduler.pauses.scope import stopping as stopping
from scheduler.pauses.scope import tell as tell
from scheduler.pauses.scope import where as where
