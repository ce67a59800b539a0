"""Shows people what would happen and why: `explain`, `preview`, `doctor`, forecasts and others. Decides nothing."""
