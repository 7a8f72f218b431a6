"""The few things every package needs: errors, clock, store, outbox, audit, privacy, outbound HTTP.

Glossary of the field, as the whole code base uses it: 办件 *case*, 受理 *accept*, 补正
*supplement*, 办结 *close*, 事项 *service*, 文书 *document*; a *notice* is what a wallet or a
platform tells us, a *message* is what we tell a person, an *effect* is what a state change
promised to bring about.
"""
