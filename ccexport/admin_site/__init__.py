"""The admin site that all pages stand in: who may open which, the menu, the look, the addresses under System."""
