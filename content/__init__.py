"""Ground floor: what we want to say. Library, plan, wording, checks, infographics, clips; no network."""
