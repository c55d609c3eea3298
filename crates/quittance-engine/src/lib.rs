//! Carries a case from event to reply.
