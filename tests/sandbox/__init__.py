"""The sandbox itself: the imitated platforms answer as their fact sheets say."""
