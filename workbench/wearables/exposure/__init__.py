"""Exposure by agent: noise, vibration, heat, substances in the air, heart rate, posture; formulas with their source."""
