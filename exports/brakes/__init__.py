"""What keeps a run from sending until somebody has looked at its plan: which brakes there are, what they measure."""
