"""How fast Carelane is, as ratios against bare baselines: `dev.py bench [names]`."""
