"""Short clips from infographics: a slow zoom, soft cross-fades, captions, a silent sound track.

    clip = read_clip(Path("assets/clips/mot-cua-60-giay.yml"))
    render(clip, "wide", Path("mot-cua.mp4"))    # and mot-cua.srt beside it

ffmpeg runs as a program of its own (see `find_ffmpeg`); nothing of it is linked.
"""

from content.clips.captions import Cue, cues, hurried, srt
from content.clips.encoder import find_ffmpeg
from content.clips.render import Rendered, render
from content.clips.spec import FRAME_RATE, Clip, Slide, check_size, read_clip

__all__ = [
    "FRAME_RATE",
    "Clip",
    "Cue",
    "Rendered",
    "Slide",
    "check_size",
    "cues",
    "find_ffmpeg",
    "hurried",
    "read_clip",
    "render",
    "srt",
]
