"""Who is who: patients and clinicians by the numbers and names that other systems send."""
