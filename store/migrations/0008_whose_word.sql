-- Who may append, may not thereby speak in everybody's name: grants are for tables, and every kind of observation is in one.
-- What the operator says stands above every page, so it is the operator's role that must say it. The archivist puts back
-- what is in his files.
CREATE FUNCTION only_the_operator_says_so() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname IN ('paddock_operator', 'paddock_archivist')
                                          AND pg_has_role(current_user, oid, 'MEMBER')) THEN
        RAISE insufficient_privilege
            USING MESSAGE = format('%s may not append observations of source "%s"', current_user, NEW.source);
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER whose_word BEFORE INSERT ON import_queue
    FOR EACH ROW WHEN (NEW.source IN ('operator', 'legacy')) EXECUTE FUNCTION only_the_operator_says_so();
