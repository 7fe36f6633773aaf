"""What is known of the people of an account and of its lists: files that a reading of the account fills.

`opt_outs` says who of an account opted out or was deleted, `roster` what is known of each address of a list; the rules
by which a reading and a run change a roster are the SQL of `folding`.
"""
