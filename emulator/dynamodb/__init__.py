"""DynamoDB: global tables, with eventual and with strong consistency."""
