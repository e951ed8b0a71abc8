"""The inventory screen: what there is, what is promised to visits, what runs short; an item with its ledger."""
