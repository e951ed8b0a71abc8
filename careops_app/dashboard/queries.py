"""What is shown of the business as a whole."""

from careops_app.dashboard.launch import LaunchCheck, LaunchChecklist, LaunchStep, StepState, launch_checklist

__all__ = ["LaunchCheck", "LaunchChecklist", "LaunchStep", "StepState", "launch_checklist"]
