"""Acts about people, by story: records (staff, customers, claiming), holding (by law), erasing."""
