"""Notice what has stopped working: delays in `/readyz`, alarms to officers, a made-up customer whose no must count."""
