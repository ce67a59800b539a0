"""What would happen and why, for people who look: explain, preview, doctor and the offline check. Decides nothing."""
