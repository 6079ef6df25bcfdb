"""What people look at: alarms, where they are heard, and the dashboard."""
